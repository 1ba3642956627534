#!/usr/bin/env bash
# Compares ctx2nii and overlay with other people's readers and writers: Tests/oracles/run.sh [FILTER]
# Builds both, makes a virtual environment in .build/oracles with the packages of requirements.txt, and runs every
# script here whose name contains FILTER. Closes with "N passed, N failed".
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
source Samples/setup.sh
command -v python3 >/dev/null || require python3-venv
filter=${1:-}
work=$PWD/.build/oracles
data=../shared/data
python=$work/venv/bin/python

require dicom3tools libgdcm-tools
# As Tests/run.sh builds: after a build of one product alone, the next whole one would compile protoc too.
swift build -c release --build-tests || exit 1
built=$(swift build -c release --show-bin-path)
mkdir -p "$work"
[ -x "$python" ] || python3 -m venv "$work/venv" || exit 1
"$python" -m pip install --quiet --disable-pip-version-check -r Tests/oracles/requirements.txt || exit 1
export PATH=$work/venv/bin:$PATH

passed=0 failed=0 skipped=0
oracle() {
  local name=$1 command=$built/$2
  shift 2
  case "$name" in *"$filter"*) ;; *) return ;; esac
  echo "== $name"
  if "$python" "Tests/oracles/$name" "$command" "$@"; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
}

rm -rf "$work/volumes" && mkdir "$work/volumes"
oracle volumes.py ctx2nii "$work/volumes"
oracle dicom_reading.py ctx2nii
oracle dicom_writing.py ctx2nii
if [ -d "$data" ]; then
  ct=$data/ct/totalsegmentator
  oracle dicom_geometry.py ctx2nii "$data" Samples/phantom/ct
  oracle dicom_results.py overlay Samples/phantom/ct "$ct/example_ct_dicom" \
    --labels "$ct/example_ct_dicom=$ct/example_seg_dicom.nii.gz"
else
  echo "dicom_geometry.py is skipped: it needs $data"
  skipped=$((skipped + 1))
  oracle dicom_results.py overlay Samples/phantom/ct
fi
if command -v chromium >/dev/null; then
  oracle report.py overlay "$built/ctx2nii" "$built/explain" Samples/phantom/ct
else
  echo "report.py is skipped: it needs chromium"
  skipped=$((skipped + 1))
fi
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
