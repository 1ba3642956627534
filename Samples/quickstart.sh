#!/usr/bin/env bash
# From a fresh clone to an explanation of the sample series: installs, builds, runs the pipe into voxplain-out/.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source Samples/setup.sh

swift build -c release
bin=$(swift build -c release --show-bin-path)
scan=Samples/phantom/ct
network=Samples/abdomen/abdomen.onnx
out=voxplain-out

rm -rf "$out"
"$bin/ctx2nii" "$scan" --for "$network" |
  "$bin/explain" --model "$network" --target liver,spleen |
  "$bin/overlay" -o "$out" --reference "$scan"

echo
echo "Wrote $out/:"
(cd "$out" && find . -mindepth 1 -maxdepth 1 | sort | sed 's|^\./|  |')
cat <<END

What to look at first
  $out/montage_liver.png   where the network looked for the liver
  $out/statistics.csv      volume, HU and position of every organ
  $out/matrix.csv          how much of each organ's explanation lies in which organ

3D Slicer
  Slicer $out/image.nii.gz $out/labels.seg.nrrd $out/attribution_liver.nii.gz
  (names and colours come with labels.seg.nrrd; show the attribution as foreground)
  The secondary captures: import the folder $out/sc_liver in the DICOM module.

ITK-SNAP
  itksnap -g $out/image.nii.gz -s $out/labels.nii.gz -l $out/labels.itksnap.txt -o $out/attribution_liver.nii.gz

Your own scan
  $bin/ctx2nii SCAN_DIR | $bin/explain | $bin/overlay -o OUT --reference SCAN_DIR
END
