"""Reads the DICOM series that ctx2nii writes with pydicom and SimpleITK and compares geometry and voxels.

    python3 -m venv venv && venv/bin/pip install nibabel pydicom SimpleITK
    venv/bin/python Tests/oracles/dicom_writing.py .build/release/ctx2nii [SCAN ...]

Volumes of every number type on turned grids of several orientations are written as CT and as MR, then every SCAN
(NIfTI). The status is 1 where a reader differs from nibabel: affine by more than 1e-4 mm at a corner, a voxel by more
than half the rescale slope, an integer that fits 16 bits at all.
"""

import pathlib
import subprocess
import sys
import tempfile

import nibabel
import numpy
import pydicom
import SimpleITK

FLIP = numpy.diag([-1.0, -1.0, 1.0, 1.0])  # LPS+ to RAS+


def turned(code, degrees, spacing=(0.7, 1.3, 2.1)):
    """An affine whose axes point as `code` says and are then turned about two of them."""
    ornt = nibabel.orientations.axcodes2ornt(tuple(code))
    linear = numpy.zeros((3, 3))
    for axis, (world, sign) in enumerate(ornt):
        linear[int(world), axis] = sign * spacing[axis]
    c, s = numpy.cos(numpy.radians(degrees)), numpy.sin(numpy.radians(degrees))
    about_x = numpy.array([[1, 0, 0], [0, c, -s], [0, s, c]])
    about_z = numpy.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])
    affine = numpy.eye(4)
    affine[:3, :3] = about_z @ about_x @ linear
    affine[:3, 3] = [-31.25, 47.123, 1234.568]
    return affine


def cases():
    """Names and images."""
    generator = numpy.random.default_rng(3)
    types = {
        "int16": (-32768, 32768), "uint16": (0, 65536), "uint8": (0, 256), "int8": (-128, 128),
        "int32": (-(2**31), 2**31), "uint32": (0, 2**32),
    }
    for type_name, (low, high) in types.items():
        yield type_name, numpy.array(generator.integers(low, high, (7, 6, 5)), type_name), turned("RAS", 12)
    for type_name in ["float32", "float64"]:
        yield type_name, numpy.array(generator.normal(0, 1e-3, (7, 6, 5)), type_name), turned("LPS", 31)
    values = numpy.array(generator.integers(-1024, 3072, (7, 6, 5)), "int16")
    for code in ["RAS", "LPS", "LAS", "PIR", "SAL", "AIR", "RSP"]:
        for degrees in [0, 25]:
            yield f"{code} turned by {degrees}", values, turned(code, degrees)


def canonical(voxels, affine):
    """A volume with its axes along R, A and S."""
    image = nibabel.as_closest_canonical(nibabel.Nifti1Image(voxels.astype(numpy.float64), affine))
    return image.get_fdata(), image.affine


def by_pydicom(files):
    """Voxels and affine from the elements alone, by the formulas of DICOM PS3.3 C.7.6.2.1.1 and C.11.1."""
    slices = [pydicom.dcmread(file) for file in files]
    first, last = slices[0], slices[-1]
    row, column = numpy.split(numpy.array(first.ImageOrientationPatient, float), 2)
    normal = numpy.cross(row, column)
    slices.sort(key=lambda item: numpy.dot(normal, numpy.array(item.ImagePositionPatient, float)))
    first, last = slices[0], slices[-1]
    start, end = (numpy.array(item.ImagePositionPatient, float) for item in (first, last))
    affine = numpy.eye(4)
    affine[:3, 0] = row * float(first.PixelSpacing[1])
    affine[:3, 1] = column * float(first.PixelSpacing[0])
    affine[:3, 2] = (end - start) / (len(slices) - 1)
    affine[:3, 3] = start
    step = numpy.linalg.norm(affine[:3, 2])
    assert abs(step - float(first.SliceThickness)) < 1e-4, "SliceThickness"
    assert abs(step - float(first.SpacingBetweenSlices)) < 1e-4, "SpacingBetweenSlices"
    voxels = [
        item.pixel_array.T * float(getattr(item, "RescaleSlope", 1)) + float(getattr(item, "RescaleIntercept", 0))
        for item in slices
    ]
    for name in ["SeriesInstanceUID", "StudyInstanceUID", "FrameOfReferenceUID", "PatientName", "PatientID"]:
        assert len({str(getattr(item, name)) for item in slices}) == 1, f"{name} varies"
    assert len({item.SOPInstanceUID for item in slices}) == len(slices), "instances are not unique"
    assert first.ImageType[0] == "DERIVED", "ImageType"
    return numpy.stack(voxels, axis=-1), FLIP @ affine, first


def by_simpleitk(folder):
    """Voxels and affine as ITK, and so Slicer and ITK-SNAP, have them."""
    reader = SimpleITK.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(folder)))
    image = reader.Execute()
    affine = numpy.eye(4)
    affine[:3, :3] = numpy.array(image.GetDirection()).reshape(3, 3) * numpy.array(image.GetSpacing())
    affine[:3, 3] = image.GetOrigin()
    return SimpleITK.GetArrayFromImage(image).transpose(2, 1, 0), FLIP @ affine


def farthest(a, b, shape):
    """The largest distance between the corners of two grids."""
    corners = numpy.array(numpy.meshgrid(*[[0, n - 1] for n in shape], [1])).reshape(4, -1)
    return numpy.abs((a - b) @ corners).max()


def compare(name, reader, found, expected, tolerance):
    """Prints and counts what differs."""
    (voxels, affine), (true_voxels, true_affine) = canonical(*found), expected
    if voxels.shape != true_voxels.shape:
        print(f"{name}: {reader}: shape {voxels.shape}, expected {true_voxels.shape}")
        return 1
    distance, error = farthest(affine, true_affine, voxels.shape), numpy.abs(voxels - true_voxels).max()
    if distance <= 1e-4 and error <= tolerance:
        return 0
    print(f"{name}: {reader}: {distance} mm off, values by {error}, expected at most {tolerance}")
    return 1


def check(command, path, modality, reference=None):
    """Writes and reads one image; how many readers differ."""
    image = nibabel.load(path)
    expected = canonical(numpy.asarray(image.dataobj), image.affine)
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch) / "series"
        options = ["--reference", str(reference)] if reference else []
        subprocess.run(
            [command, str(path), "-o", f"{scratch}/out.nii", "--dicom", str(folder), "--modality", modality, *options],
            check=True)
        voxels, affine, first = by_pydicom(sorted(folder.iterdir()))
        slope = float(getattr(first, "RescaleSlope", 1))
        whole = (expected[0] == expected[0].round()).all() and numpy.ptp(expected[0]) <= 65535
        assert first.Modality == modality and (slope == 1 or not whole)
        # Half a slope, and the rounding of sums of the size of the values.
        tolerance = 0 if whole else 0.500001 * slope + 1e-12 * numpy.abs(expected[0]).max()
        name = f"{path.name} as {modality}"
        differing = compare(name, "pydicom", (voxels, affine), expected, tolerance)
        # ITK computes in 32 bits where the slope is not 1.
        rounding = 0 if whole else numpy.spacing(numpy.float32(numpy.abs(expected[0]).max()))
        differing += compare(name, "SimpleITK", by_simpleitk(folder), expected, tolerance + rounding)
        if reference:
            source = pydicom.dcmread(sorted(pathlib.Path(reference).iterdir())[0])
            for element in ["StudyInstanceUID", "FrameOfReferenceUID", "PatientName", "PatientID"]:
                if getattr(first, element) != getattr(source, element):
                    print(f"{name}: {element} is not the reference's")
                    differing += 1
        return differing


def main(command, scans):
    differing = count = 0
    with tempfile.TemporaryDirectory() as scratch:
        paths = []
        for name, voxels, affine in cases():
            path = pathlib.Path(scratch) / f"{name}.nii"
            image = nibabel.Nifti1Image(voxels, affine)
            image.set_qform(affine, 1)
            image.set_sform(affine, 1)
            nibabel.save(image, path)
            paths.append(path)
        for path in paths + [pathlib.Path(scan) for scan in scans]:
            for modality in ["CT", "MR"]:
                differing += check(command, path, modality)
                count += 1
        # A written series is the reference of the next.
        folder = pathlib.Path(scratch) / "reference"
        subprocess.run(
            [command, str(paths[0]), "-o", f"{scratch}/out.nii", "--dicom", str(folder), "--modality", "CT"], check=True)
        differing += check(command, paths[1], "MR", reference=folder)
    print(f"{count + 1} series, {differing} differences")
    return 1 if differing else 0


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1], sys.argv[2:]))
