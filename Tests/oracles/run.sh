#!/usr/bin/env bash
# Compares ctx2nii with other people's readers and writers: Tests/oracles/run.sh [FILTER]
# Builds ctx2nii, makes a virtual environment in .build/oracles with the packages of requirements.txt, and runs every
# script here whose name contains FILTER. Closes with "N passed, N failed".
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
source Samples/setup.sh
command -v python3 >/dev/null || require python3-venv
filter=${1:-}
work=$PWD/.build/oracles
data=../shared/data
python=$work/venv/bin/python

# Not `--product`: it leaves a plan by which later builds compile protoc too.
swift build -c release || exit 1
command=$(swift build -c release --show-bin-path)/ctx2nii
mkdir -p "$work"
[ -x "$python" ] || python3 -m venv "$work/venv" || exit 1
"$python" -m pip install --quiet --disable-pip-version-check -r Tests/oracles/requirements.txt || exit 1
export PATH=$work/venv/bin:$PATH

passed=0 failed=0 skipped=0
oracle() {
  local name=$1
  shift
  case "$name" in *"$filter"*) ;; *) return ;; esac
  echo "== $name"
  if "$python" "Tests/oracles/$name" "$command" "$@"; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
}

rm -rf "$work/volumes" && mkdir "$work/volumes"
oracle volumes.py "$work/volumes"
oracle dicom_reading.py
oracle dicom_writing.py
if [ -d "$data" ]; then
  oracle dicom_geometry.py "$data" Samples/phantom/ct
else
  echo "dicom_geometry.py is skipped: it needs $data"
  skipped=1
fi
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
