#!/usr/bin/env python3
"""Compares the voxels and the places that ctx2nii reads from DICOM files with those of other readers, file by file.

    dicom_reading.py CTX2NII

CTX2NII is the built command; requirements.txt lists what is needed. Read are the test files that pydicom and nibabel
come with, copies of them with a plane where they have none (so that every codec gives a volume), frames that become
enhanced multi-frame images with shuffled planes and slopes of their own, files transcoded to other syntaxes, and
streams whose bits or sign are not those of the elements. References are pydicom, frame by frame, and nibabel's reader of
mosaics. What ctx2nii does not read must be a named error. One line per file; exit status 1 on any difference.
"""

import copy
import gzip
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import warnings

import jpeg_ls
import nibabel
import nibabel.nicom
import nibabel.nicom.dicomwrappers
import numpy
import openjpeg.utils
import pydicom
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian,
    JPEG2000Lossless, JPEGLSLossless, RLELossless, UID)

warnings.simplefilter("ignore")
pydicom.config.settings.reading_validation_mode = pydicom.config.IGNORE
pydicom.config.settings.writing_validation_mode = pydicom.config.IGNORE

# Two decoders of lossy JPEG may round each their own way.
LOSSY = {"1.2.840.10008.1.2.4.50": 2, "1.2.840.10008.1.2.4.51": 2, "1.2.840.10008.1.2.4.91": 1}
SUPPORTED = {"1.2.840.10008.1.2" + end for end in (
    "", ".1", ".1.99", ".2", ".5", ".4.50", ".4.51", ".4.57", ".4.70", ".4.80", ".4.81", ".4.90", ".4.91")}
# Errors that other programs understand: malformed, missing, unsupported. Anything else is a defect of ctx2nii.
NAMED = {65: "malformed", 66: "unreadable", 69: "unsupported"}

failures = []


def report(outcome, name, detail=""):
    print(f"{outcome:<8}{name}" + (f": {detail}" if detail else ""), flush=True)
    if outcome == "FAIL":
        failures.append(name)


def run(*arguments):
    return subprocess.run([COMMAND, "--quiet", *map(str, arguments)], capture_output=True, timeout=120)


def volumes(path, work):
    """Images of every series in a file, or the process that failed."""
    out = work / "out.nii"
    converted = run("--orient", "native", "-o", out, path)
    if converted.returncode == 0:
        return [nibabel.load(out)], None
    if converted.returncode != 64:
        return [], converted
    listed = run("--list", "--json", path)
    if listed.returncode != 0:
        return [], listed
    images = []
    for entry in json.loads(listed.stdout):
        out = work / f"out-{entry['index']}.nii"
        converted = run("--orient", "native", "--series", entry["index"], "-o", out, path)
        if converted.returncode != 0:
            return [], converted
        images.append(nibabel.load(out))
    return images, None


class Frame:
    """Values of an image in its units, rows first, and its affine from columns, rows to RAS+."""

    def __init__(self, values, position, orientation, spacing):
        row, column = numpy.array(orientation[:3], float), numpy.array(orientation[3:], float)
        flip = numpy.diag([-1.0, -1, 1])
        self.values = values
        self.origin = flip @ numpy.array(position, float)
        self.x, self.y = flip @ row * float(spacing[1]), flip @ column * float(spacing[0])


def frame_count(data):
    """How many frames there are; 0 where the file does not say so legibly."""
    text = str(data.get("NumberOfFrames", 1) or 1)
    return int(text) if text.isdigit() else 0


def groups(data, index, sequence):
    for owner in (data.PerFrameFunctionalGroupsSequence[index], data.SharedFunctionalGroupsSequence[0]):
        if sequence in owner and owner[sequence].value:
            return owner[sequence].value[0]
    return None


def frames(data):
    """What pydicom makes of a file."""
    pixels = data.pixel_array
    if "SharedFunctionalGroupsSequence" not in data:
        values = pixels * float(data.get("RescaleSlope", 1)) + float(data.get("RescaleIntercept", 0))
        return [Frame(values, data.ImagePositionPatient, data.ImageOrientationPatient, data.PixelSpacing)]
    pixels = pixels.reshape(-1, data.Rows, data.Columns)
    found = []
    for index in range(len(pixels)):
        position = groups(data, index, "PlanePositionSequence").ImagePositionPatient
        orientation = groups(data, index, "PlaneOrientationSequence").ImageOrientationPatient
        spacing = groups(data, index, "PixelMeasuresSequence").PixelSpacing
        rescale = groups(data, index, "PixelValueTransformationSequence") or Dataset()
        values = pixels[index] * float(rescale.get("RescaleSlope", 1)) + float(rescale.get("RescaleIntercept", 0))
        found.append(Frame(values, position, orientation, spacing))
    return found


def compare(images, expected, tolerance):
    """What differs between volumes and the frames that should lie in them; None where nothing does."""
    count = sum(image.shape[2] for image in images)
    if count != len(expected):
        return f"{count} slices, expected {len(expected)}"
    loaded = [(numpy.asarray(image.dataobj, dtype=numpy.float64), image.affine) for image in images]
    for number, frame in enumerate(expected):
        reasons = []
        for values, affine in loaded:
            place = numpy.linalg.inv(affine) @ numpy.append(frame.origin, 1)
            index = numpy.rint(place[:3]).astype(int)
            if numpy.abs(place[:3] - index).max() > 1e-2 or index[0] or index[1] or not 0 <= index[2] < values.shape[2]:
                reasons.append(f"lies at {place[:3]}")
            elif max(numpy.abs(affine[:3, 0] - frame.x).max(), numpy.abs(affine[:3, 1] - frame.y).max()) > 1e-3:
                reasons.append("rows or columns run elsewhere")
            elif values.shape[:2] != frame.values.shape[::-1]:
                reasons.append(f"has size {values.shape[:2]}")
            else:
                worst = numpy.abs(values[:, :, index[2]].T - frame.values).max()
                limit = tolerance + 1e-6 * numpy.abs(frame.values).max()
                reasons.append(f"differs by {worst}" if worst > limit else None)
        if None not in reasons:
            return f"frame {number + 1} {'; '.join(map(str, reasons))}"
    return None


def syntax(data):
    return str(data.file_meta.get("TransferSyntaxUID", "")) if hasattr(data, "file_meta") else ""


def is_grey(data):
    return (
        "PixelData" in data and data.get("SamplesPerPixel", 1) == 1
        and str(data.get("PhotometricInterpretation", "")).startswith("MONOCHROME")
        and data.get("BitsAllocated") in (8, 16, 32) and data.get("HighBit") == data.get("BitsStored", 0) - 1)


def is_volume(data):
    """Whether ctx2nii is expected to read a file."""
    if not is_grey(data) or syntax(data) not in SUPPORTED or "ModalityLUTSequence" in data:
        return False
    if "SharedFunctionalGroupsSequence" in data:
        return True
    has_plane = all(data.get(name) for name in ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing"))
    return bool(has_plane and frame_count(data) == 1 and data.get("SliceThickness"))


def check(name, path, expected, tolerance, work, reason="expected an error"):
    """Converts a file; without frames that are expected, a named error is."""
    images, failed = volumes(path, work)
    if failed is not None:
        text = failed.stderr.decode().strip()
        code = failed.returncode
        if code not in NAMED or path.name not in text:
            report("FAIL", name, f"status {code}: {text}")
        elif expected:
            report("FAIL", name, f"expected {len(expected)} frames, found {text}")
        else:
            report("named", name, f"{NAMED[code]}: {text.split(path.name + ': ')[-1]}")
    elif not expected:
        report("FAIL", name, f"{reason}, found a volume of {images[0].shape}")
    else:
        difference = compare(images, expected, tolerance)
        kinds = ", ".join(sorted({str(image.get_data_dtype()) for image in images}))
        report("FAIL" if difference else "same", name, difference or f"{len(expected)} of {kinds}")


def check_file(name, path, work):
    data = pydicom.dcmread(path, force=True)
    if not is_volume(data):
        return check(name, path, [], 0, work)
    try:
        expected = frames(data)
    except Exception as error:  # What pydicom cannot decode may well be damaged.
        images, failed = volumes(path, work)
        code = 0 if failed is None else failed.returncode
        return report(
            "FAIL" if code and code not in NAMED else "alone" if not code else "neither", name,
            f"pydicom: {str(error).splitlines()[0][:80]}")
    return check(name, path, expected, LOSSY.get(syntax(data), 0), work)


def placed(data):
    """A copy with a plane; several frames become an enhanced image with shuffled planes and slopes of their own."""
    data = copy.deepcopy(data)
    for name in ("ModalityLUTSequence", "GridFrameOffsetVector"):
        if name in data:
            delattr(data, name)
    count = frame_count(data)
    orientation, spacing = [0.8, 0.6, 0, 0, 0, -1], [0.75, 0.5]
    normal = numpy.cross(orientation[:3], orientation[3:])
    if count == 1:
        data.ImagePositionPatient, data.ImageOrientationPatient = [-10, 20.5, 3], orientation
        data.PixelSpacing, data.SliceThickness = spacing, 2
        return data
    for name in ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "RescaleSlope", "RescaleIntercept"):
        if name in data:
            delattr(data, name)
    order = numpy.random.default_rng(count).permutation(count)
    shared, measures, plane = Dataset(), Dataset(), Dataset()
    measures.PixelSpacing, measures.SliceThickness, plane.ImageOrientationPatient = spacing, 2, orientation
    shared.PixelMeasuresSequence, shared.PlaneOrientationSequence = Sequence([measures]), Sequence([plane])
    data.SharedFunctionalGroupsSequence = Sequence([shared])
    items = []
    for index in range(count):
        item, position, rescale = Dataset(), Dataset(), Dataset()
        place = numpy.array([5, 6, 7]) + normal * 2.5 * order[index]
        position.ImagePositionPatient = [round(float(value), 6) for value in place]
        rescale.RescaleSlope, rescale.RescaleIntercept, rescale.RescaleType = 1 + index, -index, "US"
        item.PlanePositionSequence = Sequence([position])
        item.PixelValueTransformationSequence = Sequence([rescale])
        items.append(item)
    data.PerFrameFunctionalGroupsSequence = Sequence(items)
    return data


def save(data, path):
    if not data.file_meta.get("MediaStorageSOPClassUID"):
        data.file_meta.MediaStorageSOPClassUID = data.get("SOPClassUID") or UID("1.2.840.10008.5.1.4.1.1.7")
    if not data.file_meta.get("MediaStorageSOPInstanceUID"):
        data.file_meta.MediaStorageSOPInstanceUID = data.get("SOPInstanceUID") or UID("1.2.3")
    data.save_as(path, enforce_file_format=True)
    return path


def check_placed(name, path, work):
    data = pydicom.dcmread(path, force=True)
    if not is_grey(data) or is_volume(data) or syntax(data) not in SUPPORTED or not frame_count(data):
        return
    check_file(f"{name} with a plane", save(placed(data), work / path.name), work)


def uncompressed(data):
    data = copy.deepcopy(data)
    if data.file_meta.TransferSyntaxUID.is_compressed:
        data.decompress()
    return data


def transcode(data, target):
    data = uncompressed(data)
    if target in (RLELossless, JPEGLSLossless, JPEG2000Lossless):
        data.compress(target, encoding_plugin="pyjpegls" if target == JPEGLSLossless else "pylibjpeg")
        return data, None
    data.file_meta.TransferSyntaxUID = target
    return data, dict(implicit_vr=target == ImplicitVRLittleEndian, little_endian=True)


def check_transcoded(name, path, work):
    """Every syntax that pydicom writes, files without meta information, and a syntax that nobody here decodes."""
    original = pydicom.dcmread(path)
    expected = frames(original)
    targets = (ImplicitVRLittleEndian, ExplicitVRLittleEndian, DeflatedExplicitVRLittleEndian, RLELossless,
               JPEGLSLossless, JPEG2000Lossless)
    for target in targets:
        title = f"{name} as {target.name}"
        try:
            data, options = transcode(original, target)
        except Exception as error:
            report("skip", title, f"pydicom: {str(error).splitlines()[0][:100]}")
            continue
        out = work / "transcoded.dcm"
        data.save_as(out, **(options or {}), enforce_file_format=False, overwrite=True)
        check(title, out, expected, 0, work)
        if target in (ImplicitVRLittleEndian, ExplicitVRLittleEndian):
            bare = work / "bare.dcm"
            data.file_meta = pydicom.dataset.FileMetaDataset()
            data.preamble = None
            data.save_as(bare, **options, enforce_file_format=False, overwrite=True)
            content = bare.read_bytes()
            bare.write_bytes(content[132:] if content[128:132] == b"DICM" else content)
            check(f"{title}, no meta information", bare, expected, 0, work)
    data = uncompressed(original)
    data.PixelData = pydicom.encaps.encapsulate([data.PixelData])
    data["PixelData"].is_undefined_length = True
    data["PixelData"].VR = "OB"
    data.file_meta.TransferSyntaxUID = UID("1.2.840.10008.1.2.4.201")
    check(f"{name} as HTJ2K", save(data, work / "htj2k.dcm"), [], 0, work)


# Bits allocated, bits stored and sign by the elements; codec, bits and sign by the stream; whether values come out.
STREAMS = [
    (16, 16, 0, "J2K", 8, 0, True), (16, 12, 0, "J2K", 8, 0, True), (16, 16, 1, "J2K", 12, 1, True),
    (16, 16, 1, "J2K", 8, 1, True), (16, 12, 1, "J2K", 16, 1, True), (16, 12, 0, "J2K", 16, 0, True),
    (8, 8, 0, "J2K", 8, 0, True), (8, 8, 1, "J2K", 8, 1, True), (32, 32, 0, "J2K", 16, 0, True),
    (32, 32, 1, "J2K", 16, 1, True), (32, 20, 0, "J2K", 20, 0, True), (8, 8, 0, "J2K", 12, 0, False),
    (8, 8, 0, "J2K", 16, 0, False), (16, 16, 0, "J2K", 20, 0, False), (16, 12, 0, "J2K", 12, 1, False),
    (16, 16, 0, "JLS", 8, 0, True), (16, 16, 0, "JLS", 12, 0, True), (16, 12, 0, "JLS", 16, 0, True),
    (8, 8, 0, "JLS", 8, 0, True), (8, 8, 0, "JLS", 12, 0, False), (8, 8, 0, "JLS", 16, 0, False),
    (32, 32, 0, "JLS", 16, 0, True),
]


def check_streams(path, work):
    """Compressed streams that state another number of bits or another sign than the elements do."""
    for allocated, stored, sign, codec, precision, is_signed, is_read in STREAMS:
        bits = min(precision, stored)
        low, high = (-(1 << bits - 1), 1 << bits - 1) if is_signed else (0, 1 << bits)
        if not is_read:
            low, high = 0, 100
        values = numpy.random.default_rng(bits).integers(low, high, (80, 64))
        word = next(size for size in (8, 16, 32) if size >= precision)
        packed = values.astype(f"{'i' if is_signed else 'u'}{word // 8}")
        data = copy.deepcopy(pydicom.dcmread(path))
        if codec == "J2K":
            stream = openjpeg.utils.encode_buffer(packed.tobytes(), 64, 80, 1, precision, bool(is_signed))
        else:
            stream = bytes(jpeg_ls.encode_buffer(packed.tobytes(), 80, 64, 1, precision))
        data.file_meta.TransferSyntaxUID = JPEG2000Lossless if codec == "J2K" else JPEGLSLossless
        data.Rows, data.Columns, data.BitsAllocated, data.BitsStored = 80, 64, allocated, stored
        data.HighBit, data.PixelRepresentation = stored - 1, sign
        data.PixelData = pydicom.encaps.encapsulate([stream])
        data["PixelData"].VR, data["PixelData"].is_undefined_length = "OB", True
        kinds = ["unsigned", "signed"]
        name = f"{codec} of {precision} bits {kinds[is_signed]} in {allocated}/{stored} {kinds[sign]}"
        expected = [Frame(values, data.ImagePositionPatient, data.ImageOrientationPatient, data.PixelSpacing)]
        check(name, save(data, work / "stream.dcm"), expected if is_read else [], 0, work)


def check_mosaic(name, path, work):
    wrapper = nibabel.nicom.dicomwrappers.wrapper_from_file(path)
    try:
        values, affine = wrapper.get_data(), wrapper.affine
    except ValueError as error:  # The pixels were cut down to a size that tiles do not divide.
        return check(name, path, [], 0, work, f"nibabel: {error}")
    flip = numpy.diag([-1.0, -1, 1, 1])
    images, failed = volumes(path, work)
    if failed is not None:
        return report("FAIL", name, failed.stderr.decode().strip())
    theirs = nibabel.as_closest_canonical(nibabel.Nifti1Image(numpy.asarray(values, dtype=numpy.float64), flip @ affine))
    ours = nibabel.as_closest_canonical(images[0])
    if len(images) != 1 or ours.shape != theirs.shape:
        return report("FAIL", name, f"{len(images)} of {ours.shape}, expected {theirs.shape}")
    distance = numpy.abs(ours.affine - theirs.affine).max()
    worst = numpy.abs(ours.get_fdata() - theirs.get_fdata()).max()
    report("FAIL" if distance > 2e-3 or worst > 0 else "same", name, f"affine {distance:.2g} mm, voxels {worst}")


def main():
    folders = [pathlib.Path(pydicom.__file__).parent / "data/test_files"]
    try:
        import data_store
        folders.append(pathlib.Path(data_store.__file__).parent / "data")
    except ImportError:
        report("skip", "pydicom-data", "is not installed")
    with tempfile.TemporaryDirectory() as scratch:
        work = pathlib.Path(scratch)
        for folder in folders:
            for path in sorted(folder.rglob("*")):
                if path.is_file() and path.suffix not in (".py", ".pyc", ".md"):
                    name = str(path.relative_to(folder))
                    check_file(name, path, work)
                    check_placed(name, path, work)
        for name in ("MR_small.dcm", "CT_small.dcm", "J2K_pixelrep_mismatch.dcm", "examples_overlay.dcm"):
            check_transcoded(name, folders[0] / name, work)
        check_streams(folders[0] / "MR_small.dcm", work)
        tests = pathlib.Path(nibabel.nicom.__file__).parent / "tests/data"
        for path in sorted(tests.glob("*.dcm*")):
            plain = path
            if path.suffix == ".gz":
                plain = work / path.stem
                plain.write_bytes(gzip.decompress(path.read_bytes()))
            is_mosaic = "MOSAIC" in pydicom.dcmread(plain, stop_before_pixels=True).get("ImageType", [])
            has_pixels = "PixelData" in pydicom.dcmread(plain)
            (check_mosaic if is_mosaic and has_pixels else check_file)(path.name, plain, work)
    print(f"{len(failures)} failures")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    COMMAND = sys.argv[1]
    main()
