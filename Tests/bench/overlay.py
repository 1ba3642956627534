#!/usr/bin/env python3
"""Times overlay on a scan of 512x512x400 with three targets, in one run on this machine.

    swift build -c release && python3 Tests/bench/overlay.py

The scan is the phantom of Samples/phantom/generate.py (numpy and pydicom) where --series does not name its folder. The
stream is made here, as voxplain(5) has it: the scan and its labels as ctx2nii reads them, and one dense attribution per
target, strongest at the target and noise everywhere, as gradients are. One JSON object is printed per set of products,
with the median and the least of the seconds, the processors' seconds, the peak memory and the bytes written; a probe
that writes and syncs as many bytes says what the disk alone would take.
"""

import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import numpy

from process import run

ROOT = pathlib.Path(__file__).resolve().parents[2]
TARGETS = {1: "liver", 2: "spleen", 4: "aorta"}
COLORS = {1: [221, 130, 101], 2: [157, 108, 162], 4: [224, 97, 76]}


def header_and_voxels(path):
    """The first 348 bytes of a little-endian NIfTI-1 and its voxels in the order z, y, x."""
    data = numpy.memmap(path, mode="r")
    header = data[:348].tobytes()
    kinds = {2: "u1", 4: "i2", 8: "i4", 16: "f4", 256: "i1", 512: "u2"}
    x, y, z = numpy.frombuffer(header, "<i2", 3, 42)
    kind = "<" + kinds[int(numpy.frombuffer(header, "<i2", 1, 70)[0])]
    start = int(numpy.frombuffer(header, "<f4", 1, 108)[0])
    return bytearray(header), numpy.ndarray((z, y, x), kind, data, start)


def make_stream(path, image, labels, source):
    """Writes the stream of a case with one attribution per target."""
    header, scan = header_and_voxels(image)
    _, segments = header_and_voxels(labels)
    channels = [{"name": "image", "role": "image", "units": "HU"}, {"name": "labels", "role": "labels"}]
    channels += [{"name": name, "role": "attribution", "target": value, "method": "gradient"}
                 for value, name in TARGETS.items()]
    text = json.dumps({
        "voxplain": 1, "channels": channels, "source": source, "provenance": [],
        "labels": [{"value": value, "name": name, "color": COLORS[value]} for value, name in TARGETS.items()],
        "model": {"name": "bench", "sha256": "0" * 64},
    }).encode()
    text += b" " * (-(len(text) + 8) % 16)
    header[40:56] = numpy.array([4, *scan.shape[::-1], len(channels), 1, 1, 1], "<i2").tobytes()
    header[70:74] = numpy.array([16, 32], "<i2").tobytes()  # float32
    header[108:120] = numpy.array([352 + 8 + len(text), 1, 0], "<f4").tobytes()
    random = numpy.random.default_rng(1)
    z, y, x = (numpy.arange(size, dtype="f4") for size in scan.shape)
    with open(path, "wb") as file:
        file.write(header + b"\1\0\0\0" + numpy.array([8 + len(text), 6], "<i4").tobytes() + text)
        for volume in (scan, segments):
            for plane in volume:
                plane.astype("<f4").tofile(file)
        for value in TARGETS:
            inside = segments == value
            centre = [float((inside.sum(axis=other) * axis).sum() / inside.sum())
                      for axis, other in ((z, (1, 2)), (y, (0, 2)), (x, (0, 1)))]
            for index, plane in enumerate(inside):
                squared = (index - centre[0]) ** 2 + (y[:, None] - centre[1]) ** 2 + (x[None] - centre[2]) ** 2
                scale = numpy.exp(-numpy.sqrt(squared) / 40) * (1 + plane)
                (scale * random.standard_normal(plane.shape, "f4")).astype("<f4").tofile(file)


def disk_seconds(folder, count):
    """What writing and syncing so many bytes takes."""
    block = os.urandom(1 << 24)
    start = time.perf_counter()
    with open(folder / "probe", "wb", buffering=0) as file:
        for _ in range(0, count, len(block)):
            file.write(block)
        os.fsync(file.fileno())
    seconds = time.perf_counter() - start
    os.remove(folder / "probe")
    return seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / ".build/release", help="where overlay lies")
    parser.add_argument("--series", type=pathlib.Path, help="folder with ct/ and labels.nii.gz of the phantom")
    parser.add_argument("--stream", type=pathlib.Path, help="keeps the stream, or takes the one kept there")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--products", action="append", help="other products than the default, again for each set")
    options = parser.parse_args()

    with tempfile.TemporaryDirectory() as work:
        work = pathlib.Path(work)
        phantom = options.series or work / "phantom"
        if not options.series:
            subprocess.run(
                [sys.executable, ROOT / "Samples/phantom/generate.py", "--out", phantom, "--size", "512", "--spacing",
                 "0.75", "--slices", "400", "--slice-spacing", "0.6"], check=True, stdout=subprocess.DEVNULL)
        stream = options.stream or work / "stream.nii"
        if not stream.exists():
            run([options.build / "ctx2nii", phantom / "ct", "-o", work / "image.nii"])
            run([options.build / "ctx2nii", phantom / "labels.nii.gz", "-o", work / "labels.nii"])
            listed = json.loads(subprocess.run(
                [options.build / "ctx2nii", "--list", "--json", phantom / "ct"], check=True, capture_output=True).stdout)
            source = {"modality": "CT", "seriesInstanceUID": listed[0]["uid"]}
            make_stream(stream, work / "image.nii", work / "labels.nii", source)
        reference = ["--reference", phantom / "ct"]
        cases = {"default": [], "default with the scan's series": reference}
        cases |= {name: [*reference, "--products", name] for name in options.products or []}
        if options.products:
            cases = {name: case for name, case in cases.items() if name in options.products}
        for case, more in cases.items():
            measured, out = [], work / "out"
            for _ in range(options.runs):
                shutil.rmtree(out, ignore_errors=True)
                measured.append(run(
                    [options.build / "overlay", stream, "-o", out, "--threads", str(options.threads), *more]))
            written = sum(file.stat().st_size for file in out.rglob("*") if file.is_file())
            shutil.rmtree(out)
            print(json.dumps({
                "case": case, "runs": options.runs,
                "median_s": round(statistics.median(usage.seconds for usage in measured), 2),
                "min_s": round(min(usage.seconds for usage in measured), 2),
                "processor_s": round(statistics.median(usage.processor_seconds for usage in measured), 2),
                "peak_mib": max(usage.peak for usage in measured) >> 20, "written_mib": written >> 20,
                "disk_alone_s": round(disk_seconds(work, written), 2),
            }), flush=True)


if __name__ == "__main__":
    main()
