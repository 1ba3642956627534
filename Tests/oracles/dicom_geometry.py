#!/usr/bin/env python3
"""Compares the geometry and the voxels that ctx2nii reads from DICOM series with those of other readers.

    dicom_geometry.py CTX2NII DATA PHANTOM

CTX2NII is the built command, DATA the folder of shared test data, PHANTOM the folder of the CT phantom's slices.
Needs numpy, scipy, nibabel, pydicom, pylibjpeg, pylibjpeg-openjpeg and dcm2niix 1.0.20250506 (whose 2022 versions have a
wrong affine for tilted series). Untilted series are compared with dcm2niix, a tilted and irregular one with scipy,
voxel by voxel from world positions. Exit status 1 on any difference.
"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile

import nibabel
import numpy
import pydicom
import scipy.ndimage
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

# Millimetres; NIfTI stores affines as 32-bit floats.
AFFINE_TOLERANCE = 2e-3

failures = []


def check(name, condition, detail=""):
    print(("ok    " if condition else "FAIL  ") + name + (f": {detail}" if detail and not condition else ""))
    if not condition:
        failures.append(name)


def ctx2nii(*arguments):
    return subprocess.run([COMMAND, "--quiet", *map(str, arguments)], check=True, capture_output=True).stdout


def volumes_of_ctx2nii(folder, work):
    """Every entry of the list: what the list says of it, and its image."""
    entries = [e for e in json.loads(ctx2nii("--list", "--json", folder)) if e.get("index")]
    images = []
    for entry in entries:
        path = work / f"ours-{entry['index']}.nii"
        try:
            ctx2nii(folder, "--series", entry["index"], "-o", path)
        except subprocess.CalledProcessError as error:
            check(f"conversion of {entry}", False, error.stderr.decode())
            continue
        images.append((entry, nibabel.load(path)))
    return images


def volumes_of_dcm2niix(folder, work):
    """Every 3D volume, in order, with its sidecar."""
    out = work / "theirs"
    out.mkdir()
    # Merging would join series; the protocol is not of interest.
    run = [sys.executable, "-m", "dcm2niix", "-z", "n", "-b", "y", "-f", "%s_%p_%e", "-o", out, folder]
    subprocess.run(run, check=False, capture_output=True)
    found = []
    for path in sorted(out.glob("*.nii")):
        image, sidecar = nibabel.load(path), json.loads(path.with_suffix(".json").read_text())
        for volume in nibabel.four_to_three(image) if image.ndim == 4 else [image]:
            found.append((sidecar, volume))
    return found


def difference(ours, theirs):
    """What differs between two images, once both point to RAS; None where nothing does."""
    ours, theirs = nibabel.as_closest_canonical(ours), nibabel.as_closest_canonical(theirs)
    if ours.shape != theirs.shape:
        return f"shape {ours.shape}, expected {theirs.shape}"
    corners = numpy.array([[i, j, k, 1] for i in (0, ours.shape[0]) for j in (0, ours.shape[1]) for k in (0, ours.shape[2])])
    distance = numpy.abs(corners @ (ours.affine - theirs.affine).T).max()
    if distance > AFFINE_TOLERANCE:
        return f"affines are {distance} mm apart:\n{ours.affine}\n{theirs.affine}"
    worst = numpy.abs(ours.get_fdata() - theirs.get_fdata()).max()
    return f"voxels differ by {worst}" if worst > 1e-3 else None


def compare(name, folder, folder_of_theirs=None):
    """Each volume of ours is one of dcm2niix's, and none of those is left over."""
    with tempfile.TemporaryDirectory() as scratch:
        work = pathlib.Path(scratch)
        ours, theirs = volumes_of_ctx2nii(folder, work), volumes_of_dcm2niix(folder_of_theirs or folder, work)
        check(f"{name}: volumes", 0 < len(ours) == len(theirs), f"{len(ours)}, expected {len(theirs)}")
        places = []
        for entry, image in ours:
            differences = [difference(image, other) for _, other in theirs]
            label = entry.get("part") or "the volume"
            check(f"{name}: {label}", None in differences, str(differences[0] if differences else "nothing to compare"))
            if None not in differences:
                continue
            place = differences.index(None)
            places.append(place)
            echo = re.search(r"TE ([\d.]+) ms", label)
            if echo:
                stated = theirs[place][0].get("EchoTime", 0) * 1000
                check(f"{name}: {label} by the sidecar", abs(float(echo[1]) - stated) < 1e-3, f"TE {stated} ms")
        check(f"{name}: each once", len(set(places)) == len(theirs))
        if any("time point" in (entry.get("part") or "") for entry, _ in ours):
            check(f"{name}: order in time", places == sorted(places), str(places))


def uncompressed(source, folder):
    """Copies of DICOM files that a dcm2niix without codecs reads, with the UIDs they lack."""
    study, series = generate_uid(), generate_uid()
    for path in sorted(p for p in source.iterdir() if p.is_file()):
        data = pydicom.dcmread(path)
        pixels = data.pixel_array
        data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        data.PixelData = pixels.tobytes()
        data["PixelData"].VR = "OW"
        data.StudyInstanceUID = data.get("StudyInstanceUID") or study
        data.SeriesInstanceUID = data.get("SeriesInstanceUID") or series
        data.SOPInstanceUID = data.get("SOPInstanceUID") or generate_uid()
        data.SOPClassUID = data.get("SOPClassUID") or "1.2.840.10008.5.1.4.1.1.2"
        data.file_meta.MediaStorageSOPClassUID = data.SOPClassUID
        data.file_meta.MediaStorageSOPInstanceUID = data.SOPInstanceUID
        data.save_as(folder / f"{path.stem}.dcm", enforce_file_format=True)


def slices(folder, template, rows, columns, count, orientation, change, generator, reverse=False):
    """Writes a stack of random slices; `change` alters each data set."""
    row, column = numpy.array(orientation[:3], float), numpy.array(orientation[3:], float)
    normal = numpy.cross(row, column)
    for index in range(count):
        data = pydicom.dcmread(template)
        place = count - 1 - index if reverse else index
        data.Rows, data.Columns, data.SOPInstanceUID = rows, columns, generate_uid()
        data.file_meta.MediaStorageSOPInstanceUID = data.SOPInstanceUID
        data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        data.PixelSpacing, data.SliceThickness = [1.5, 0.75], 2.5
        data.ImageOrientationPatient = [float(v) for v in orientation]
        data.ImagePositionPatient = [float(f"{v:.6f}") for v in numpy.array([-31, 17, 5]) + normal * 2.5 * place]
        data.InstanceNumber = index + 1
        data.PixelData = generator.integers(0, 2000, (rows, columns)).astype(numpy.int16).tobytes()
        data["PixelData"].VR = "OW"
        change(data)
        data.save_as(folder / f"{generator.integers(1 << 40):012}.dcm", enforce_file_format=True)


ORIENTATIONS = {
    "axial": [1, 0, 0, 0, 1, 0], "axial, prone": [-1, 0, 0, 0, -1, 0], "axial, from above": [-1, 0, 0, 0, 1, 0],
    "axial, rows upwards": [1, 0, 0, 0, -1, 0], "sagittal": [0, 1, 0, 0, 0, -1], "sagittal, mirrored": [0, -1, 0, 0, 0, 1],
    "coronal": [1, 0, 0, 0, 0, -1], "coronal, mirrored": [-1, 0, 0, 0, 0, 1], "rows along the body": [0, 0, 1, 0, 1, 0],
    "oblique": [0.8, 0.6, 0, 0, 0, -1], "double oblique": [0.96, 0.28, 0, -0.168, 0.576, 0.8],
}


def compare_encoding(path, plain):
    """One mosaic, in an encoding this dcm2niix may not know, against its reading of the uncompressed one."""
    with tempfile.TemporaryDirectory() as ours, tempfile.TemporaryDirectory() as theirs:
        pathlib.Path(ours, path.name).write_bytes(path.read_bytes())
        pathlib.Path(theirs, plain.name).write_bytes(plain.read_bytes())
        syntax = pydicom.dcmread(path, stop_before_pixels=True).file_meta.TransferSyntaxUID
        compare(f"mosaic {path.name} in {syntax.name}", pathlib.Path(ours), pathlib.Path(theirs))


def compare_orientations(template, generator):
    for name, orientation in ORIENTATIONS.items():
        for reverse in (False, True):
            with tempfile.TemporaryDirectory() as scratch:
                folder, series = pathlib.Path(scratch), generate_uid()
                change = lambda data: setattr(data, "SeriesInstanceUID", series)
                slices(folder, template, 10, 14, 7, orientation, change, generator, reverse)
                compare(f"{name}{', reversed' if reverse else ''}", folder)


def compare_volumes(template, generator):
    """Series of one UID with several orientations, echoes or time points."""
    def echo(data, number):
        data.EchoNumbers, data.EchoTime, data.InstanceNumber = number + 1, 4.5 * (number + 1), number * 7 + data.InstanceNumber

    def time(data, number):
        data.AcquisitionNumber, data.TemporalPositionIdentifier = number + 1, number + 1
        data.AcquisitionTime = data.ContentTime = f"1012{10 + 3 * number:02}"
        data.InstanceNumber = number * 7 + data.InstanceNumber

    with tempfile.TemporaryDirectory() as scratch:
        folder, series = pathlib.Path(scratch), generate_uid()
        change = lambda data: setattr(data, "SeriesInstanceUID", series)
        for name in ("axial", "sagittal", "coronal"):
            slices(folder, template, 10, 14, 5, ORIENTATIONS[name], change, generator)
        compare("three orientations", folder)

    for name, mark in {"echoes": echo, "time points": time}.items():
        with tempfile.TemporaryDirectory() as scratch:
            folder, series = pathlib.Path(scratch), generate_uid()
            for number in range(3):
                def change(data):
                    data.SeriesInstanceUID, data.Modality = series, "MR"
                    data.SOPClassUID = data.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.4"
                    data.ImageType = ["ORIGINAL", "PRIMARY", "M", "ND"]
                    data.RescaleIntercept, data.RepetitionTime = 0, 500
                    mark(data, number)
                slices(folder, template, 10, 14, 7, ORIENTATIONS["axial"], change, generator)
            compare(name, folder)


def compare_tilted(folder):
    """The head, straightened, against linear interpolation in each slice's plane and along the normal."""
    files = sorted((pydicom.dcmread(path) for path in folder.iterdir()), key=lambda data: data.ImagePositionPatient[2])
    row = numpy.array(files[0].ImageOrientationPatient[:3], float)
    column = numpy.array(files[0].ImageOrientationPatient[3:], float)
    normal = numpy.cross(row, column)
    files.sort(key=lambda data: normal @ numpy.array(data.ImagePositionPatient, float))
    positions = numpy.array([data.ImagePositionPatient for data in files], float)
    depths = (positions - positions[0]) @ normal
    stored = [data.pixel_array * float(data.RescaleSlope) + float(data.RescaleIntercept) for data in files]
    down, across = map(float, files[0].PixelSpacing)
    with tempfile.TemporaryDirectory() as scratch:
        path = pathlib.Path(scratch) / "straight.nii"
        ctx2nii(folder, "--tilt", "correct", "--irregular", "resample", "--orient", "native", "-o", path)
        image = nibabel.load(path)
        volume, affine = image.get_fdata(dtype=numpy.float32), numpy.diag([-1, -1, 1, 1]) @ image.affine
    check("tilted: perpendicular axes", numpy.abs(affine[:3, :3].T @ affine[:3, :3] - numpy.diag((affine[:3, :3] ** 2).sum(0))).max() < 1e-5)
    lowest, worst, grid = min(s.min() for s in stored), 0, numpy.indices(volume.shape[:2])
    for k in range(volume.shape[2]):
        index = numpy.stack([*grid, numpy.full_like(grid[0], k), numpy.ones_like(grid[0])], -1)
        world = (index @ affine.T)[..., :3]
        depth = (world[0, 0] - positions[0]) @ normal
        nearest = numpy.abs(depths - depth).argmin()
        if abs(depths[nearest] - depth) <= 0.05:
            weights = {nearest: 1}
        else:
            above = numpy.searchsorted(depths, depth)
            fraction = (depth - depths[above - 1]) / (depths[above] - depths[above - 1])
            weights = {above - 1: 1 - fraction, above: fraction}
        expected, inside, border = 0, True, False
        for number, weight in weights.items():
            u, v = (world - positions[number]) @ row / across, (world - positions[number]) @ column / down
            outside = numpy.maximum(numpy.abs(u - (stored[number].shape[1] - 1) / 2) - stored[number].shape[1] / 2,
                                    numpy.abs(v - (stored[number].shape[0] - 1) / 2) - stored[number].shape[0] / 2)
            inside, border = inside & (outside <= 0), border | (numpy.abs(outside) < 1e-3)
            expected = expected + weight * scipy.ndimage.map_coordinates(stored[number], [v, u], order=1, mode="nearest")
        expected = numpy.where(inside, expected, lowest)
        worst = max(worst, numpy.abs(numpy.where(border, 0, expected - volume[:, :, k])).max())
    # Float affines move a point by 1e-5 mm, in edges of 3000 HU over a pixel of 0.5 mm.
    check("tilted: voxels", worst < 0.5, f"differ by {worst}")


def main():
    data, phantom = pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
    generator = numpy.random.default_rng(7)
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        uncompressed(data / "ct/totalsegmentator/example_ct_dicom", folder)
        compare("CT", folder)
    compare("phantom", phantom)
    for path in sorted((data / "dicom/encodings/In").iterdir()):
        compare_encoding(path, plain=data / "dicom/encodings/In/1.dcm")
    template = next(p for p in sorted((data / "dicom/gantry-tilt/GE").iterdir()))
    compare_orientations(template, generator)
    compare_volumes(template, generator)
    compare_tilted(data / "dicom/gantry-tilt/GE")
    if failures:
        sys.exit(f"{len(failures)} differences")


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    COMMAND = sys.argv[1]
    main()
