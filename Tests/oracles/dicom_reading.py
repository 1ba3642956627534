#!/usr/bin/env python3
"""Compares what ctx2nii reads from the test files of pydicom and nibabel with what these read.

    dicom_reading.py CTX2NII

CTX2NII is the built command. Needs numpy, nibabel, pydicom and its decoders (pylibjpeg with -libjpeg, -openjpeg, -rle).
Each file is given to the command as it is: it must convert or end with a named error (65, 66, 69). Grey single-frame
images are given once more with a place in the patient where they have none, and then must convert to pydicom's values;
mosaics and enhanced images must give the volume and affine of nibabel's wrappers. Exit status 1 on any difference.
"""

import gzip
import pathlib
import subprocess
import sys
import tempfile

import nibabel
import numpy
import pydicom
from nibabel.nicom import dicomwrappers

# Exit codes of damaged, unreadable and unsupported input.
ERRORS = {65, 66, 69}
LOSSY_JPEG = {"1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51"}
LPS = numpy.diag([-1.0, -1, 1, 1])
failures = 0


def report(name, problem, note=""):
    global failures
    failures += problem is not None
    print(f"{'FAIL ' if problem else 'ok   '} {name}{': ' if problem or note else ''}{problem or note}")


def convert(path, out):
    """Exit code and messages."""
    run = subprocess.run([COMMAND, str(path), "-o", str(out)], capture_output=True, timeout=120)
    return run.returncode, run.stderr.decode(errors="replace").strip()


def difference(out, data, affine, tolerance=0):
    """What differs between a file and the expected volume, in RAS both; None where nothing does."""
    found = nibabel.as_closest_canonical(nibabel.load(out))
    expected = nibabel.as_closest_canonical(nibabel.Nifti1Image(data.astype(numpy.float64), affine))
    if found.shape != expected.shape:
        return f"shape {found.shape}, expected {expected.shape}"
    if not numpy.allclose(found.affine, expected.affine, atol=2e-3):
        return f"affine {found.affine.tolist()}, expected {expected.affine.tolist()}"
    off = numpy.abs(found.get_fdata() - expected.get_fdata())
    return None if off.max() <= max(tolerance, 1e-5 * max(1, numpy.abs(data).max())) else f"{(off > 0).sum()} values, up to {off.max()}"


def is_grey_slice(header):
    return (
        "PixelData" in header and header.get("SamplesPerPixel", 1) == 1
        and str(header.get("PhotometricInterpretation", "")).startswith("MONOCHROME")
        and header.get("BitsAllocated") in (8, 16, 32) and header.get("HighBit") == header.BitsStored - 1
        and int(header.get("NumberOfFrames") or 1) == 1 and "ModalityLUTSequence" not in header
        and "MOSAIC" not in (header.get("ImageType") or []) and "PerFrameFunctionalGroupsSequence" not in header)


def placed(header):
    """Gives the slice a place where it has none, and says which affine that makes."""
    defaults = {
        "ImagePositionPatient": [0, 0, 0], "ImageOrientationPatient": [1, 0, 0, 0, 1, 0], "PixelSpacing": [1, 1],
        "SliceThickness": 1}
    for name, value in defaults.items():
        if not header.get(name):
            setattr(header, name, value)
    row, column = numpy.array(header.ImageOrientationPatient, float).reshape(2, 3)
    affine = numpy.eye(4)
    affine[:3, 0] = row * header.PixelSpacing[1]
    affine[:3, 1] = column * header.PixelSpacing[0]
    affine[:3, 2] = numpy.cross(row, column) * float(header.SliceThickness)
    affine[:3, 3] = header.ImagePositionPatient
    return LPS @ affine


def check_as_it_is(name, path, out):
    code, message = convert(path, out)
    if code == 0:
        return report(name, None, "converts")
    named = path.name in message
    report(name, None if code in ERRORS and named else f"exit {code}: {message}", message[-100:])


def check_slice(name, path, work):
    try:
        header = pydicom.dcmread(path, force=True)
        if not is_grey_slice(header):
            return
        values = header.pixel_array
    except Exception as error:  # pydicom cannot read it: ctx2nii may or may not.
        return print(f"      {name}: pydicom says {str(error)[:80]}")
    values = values * float(header.get("RescaleSlope") or 1) + float(header.get("RescaleIntercept") or 0)
    affine = placed(header)
    copy, out = work / "placed.dcm", work / "placed.nii"
    try:
        header.save_as(copy)
    except Exception as error:
        return print(f"      {name}: cannot be written again: {str(error)[:80]}")
    code, message = convert(copy, out)
    # Decoders of lossy JPEG round differently.
    tolerance = 1 if header.file_meta.TransferSyntaxUID in LOSSY_JPEG else 0
    name = f"{name} placed"
    report(name, f"exit {code}: {message}" if code else difference(out, values.T[:, :, None], affine, tolerance))


def check_wrapped(name, path, work):
    with gzip.open(path) if path.suffix == ".gz" else open(path, "rb") as file:
        content = file.read()
    copy, out = work / path.name.removesuffix(".gz"), work / "wrapped.nii"
    copy.write_bytes(content)
    check_as_it_is(name, copy, out)
    header = pydicom.dcmread(copy)
    wrapper = dicomwrappers.wrapper_from_data(header)
    if "PixelData" not in header:
        return
    if not (wrapper.is_mosaic or wrapper.is_multiframe):
        return check_slice(name, copy, work)
    code, message = convert(copy, out)
    report(
        f"{name} as a volume",
        f"exit {code}: {message}" if code else difference(out, wrapper.get_data(), LPS @ wrapper.affine))


COMMAND = sys.argv[1]
with tempfile.TemporaryDirectory() as folder:
    work = pathlib.Path(folder)
    data = pathlib.Path(pydicom.__file__).parent / "data" / "test_files"
    for path in sorted(p for p in data.rglob("*") if p.is_file() and p.suffix in (".dcm", "")):
        name = str(path.relative_to(data))
        check_as_it_is(name, path, work / "out.nii")
        check_slice(name, path, work)
    data = pathlib.Path(nibabel.__file__).parent / "nicom" / "tests" / "data"
    for path in sorted(p for p in data.iterdir() if ".dcm" in p.name):
        check_wrapped(path.name, path, work)
print(f"{failures} failures")
sys.exit(failures > 0)
