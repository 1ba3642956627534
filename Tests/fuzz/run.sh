#!/usr/bin/env bash
# Fuzzes one reader with libFuzzer and AddressSanitizer: Tests/fuzz/run.sh NIfTI|NRRD|MetaImage|DICOM [SECONDS]
# Finds are left in the folder of the corpus, .build-fuzz/corpus-FORMAT; README.md tells how to go on from one.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
source Samples/setup.sh
format=${1:?expected NIfTI, NRRD, MetaImage or DICOM}
seconds=${2:-600}
corpus=.build-fuzz/corpus-$format
mkdir -p "$corpus"

export VOXPLAIN_FUZZ=1
swift build --scratch-path .build-fuzz -Xswiftc -sanitize=fuzzer,address -Xcxx -fsanitize=fuzzer-no-link,address \
  --product "fuzz-$format"
seeds=(Tests/fuzz/seeds/"$format"/)
# A failed assertion of GDCM leaves its frames with the memory they hold (Sources/CGDCM/Assertions.cpp).
leaks=1
[ "$format" = DICOM ] && leaks=0 && export ASAN_OPTIONS=detect_leaks=0
exec ".build-fuzz/debug/fuzz-$format" -detect_leaks=$leaks -max_total_time="$seconds" -max_len=16384 -rss_limit_mb=2048 -timeout=30 \
  -artifact_prefix="$corpus/" "$corpus" "${seeds[@]}"
