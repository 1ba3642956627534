#!/usr/bin/env bash
# Installs what is missing, builds everything in release, runs every test, and compares with other people's programs.
# Arguments go to `swift test`, e.g. `Tests/run.sh --filter VoxGridTests`, which then runs alone.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source Samples/setup.sh
# An independent validator of DICOM files, for the tests of what overlay writes.
require dicom3tools

# Tests run side by side: a thread that waits for another should sleep, not spin.
export OMP_WAIT_POLICY=passive

swift build -c release --build-tests
swift test -c release --skip-build "$@"
if [ $# -eq 0 ] && grep -q avx512f /proc/cpuinfo; then
  # Kernels for processors without AVX-512.
  ONEDNN_MAX_CPU_ISA=AVX2 swift test -c release --skip-build --filter 'VoxOperatorsTests|VoxTensorTests'
fi
[ $# -gt 0 ] || exec bash Tests/oracles/run.sh
