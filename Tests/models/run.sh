#!/usr/bin/env bash
# Compares the engine with PyTorch on networks as users export them, and runs ONNX's own node tests: Tests/models/run.sh
# Makes a virtual environment in .build/models with the packages of requirements.txt, writes networks and node tests there
# and runs the tests that read them. Arguments choose networks, e.g. `Tests/models/run.sh swinunetr unet-batch`.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
source Samples/setup.sh
work=$PWD/.build/models
python=$work/venv/bin/python

mkdir -p "$work"
[ -x "$python" ] || python3 -m venv "$work/venv"
"$python" -m pip install --quiet --disable-pip-version-check -r Tests/models/requirements.txt
rm -rf "$work/networks" "$work/nodes"
"$python" Tests/models/export.py "$work/networks" "$@"
"$python" Tests/models/node_tests.py "$work/nodes"

export OMP_WAIT_POLICY=passive VOXPLAIN_MODELS=$work/networks VOXPLAIN_NODE_TESTS=$work/nodes
swift build -c release --build-tests
swift test -c release --skip-build --filter 'ExportedNetworkTests|NodeTests'
