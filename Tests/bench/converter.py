#!/usr/bin/env python3
"""Times ctx2nii against dcm2niix, in one run on this machine.

    swift build -c release && python3 Tests/bench/converter.py

A series of 400 slices of 512x512 (16 bit, uncompressed) and one of 10 000 small files are made with
Samples/phantom/generate.py where they are not given; that takes numpy and pydicom, this script the standard library.
Whole processes are timed, the two programs in turn; one JSON object is printed per case, with the median and the least
of the seconds, the ratio of the medians, and the peak memory over the bytes of the volume.
"""

import argparse
import json
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile

from process import run

ROOT = pathlib.Path(__file__).resolve().parents[2]


def compare(case, commands, runs, prepare, **more):
    """Runs the commands in turn and prints one line; the first is ours."""
    measured = {name: [] for name in commands}
    for _ in range(runs + 1):
        for name, command in commands.items():
            prepare()
            measured[name].append(run(command))
    line = {"case": case, "runs": runs, **more}
    for name, values in measured.items():
        seconds = [usage.seconds for usage in values[1:]]  # the first fills the page cache
        line[name] = {
            "median_s": round(statistics.median(seconds), 3), "min_s": round(min(seconds), 3),
            "peak_mib": max(usage.peak for usage in values[1:]) >> 20,
        }
    ours, *others = commands
    for other in others:
        line[f"ratio_to_{other}"] = round(line[ours]["median_s"] / line[other]["median_s"], 3)
    if "volume_mib" in more:
        line["peak_to_volume"] = round(line[ours]["peak_mib"] / more["volume_mib"], 2)
    print(json.dumps(line), flush=True)


def series(folder, given, *options):
    """The folder of a series, made where it is not given."""
    if given:
        return given
    command = [sys.executable, ROOT / "Samples/phantom/generate.py", "--out", folder, *options]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return folder / "ct"


def many(folder, source, count):
    """A folder of `count` files: copies of a series, each under another series UID of the same length."""
    folder.mkdir()
    slices = [path.read_bytes() for path in sorted(pathlib.Path(source).glob("*.dcm"))]
    start = slices[0].index(b"\x20\x00\x0e\x00UI") + 8  # (0020,000E), explicit little endian
    length = int.from_bytes(slices[0][start - 2:start], "little")
    for index in range(count):
        copy, number = divmod(index, len(slices))
        uid = f"2.25.{copy + 1}".ljust(length, "7").encode()
        (folder / f"{index:05}.dcm").write_bytes(slices[number][:start] + uid + slices[number][start + length:])
    return folder


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / ".build/release", help="where ctx2nii lies")
    parser.add_argument("--series", type=pathlib.Path, help="a series of 400 slices of 512x512")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    ctx2nii, dcm2niix = options.build / "ctx2nii", shutil.which("dcm2niix")
    if not dcm2niix:
        sys.exit("dcm2niix is missing: apt-get install dcm2niix")

    with tempfile.TemporaryDirectory() as work:
        work = pathlib.Path(work)
        large = series(
            work / "large", options.series, "--size", "512", "--spacing", "0.75", "--slices", "400",
            "--slice-spacing", "0.6")
        out = work / "out"

        def prepare():
            shutil.rmtree(out, ignore_errors=True)
            out.mkdir()

        ours = [ctx2nii, large, "--threads", str(options.threads), "-o"]
        theirs = [dcm2niix, "-b", "n", "-f", "scan", "-o", out]
        volume = {"volume_mib": 400 * 512 * 512 * 2 >> 20}
        cases = [("400 x 512 x 512 int16 to .nii", "scan.nii", "n"), ("the same to .nii.gz", "scan.nii.gz", "i")]
        for case, name, compression in cases:
            commands = {"ctx2nii": [*ours, out / name], "dcm2niix": [*theirs, "-z", compression, large]}
            compare(case, commands, options.runs, prepare, **volume)
        sizes = {name: (out / name).stat().st_size >> 20 for name in ["scan.nii.gz"] if (out / name).exists()}
        prepare()
        run([*ours, out / "scan.nii.gz"])
        print(json.dumps({"case": "bytes of .nii.gz in MiB", "ctx2nii": (out / "scan.nii.gz").stat().st_size >> 20,
                          "dcm2niix": sizes.get("scan.nii.gz")}), flush=True)

        files = many(work / "many", ROOT / "Samples/phantom/ct", 10_000)
        commands = {"ctx2nii": [ctx2nii, "--list", files, "--threads", str(options.threads)]}
        compare("headers of 10 000 files listed", commands, min(3, options.runs), prepare)


if __name__ == "__main__":
    main()
