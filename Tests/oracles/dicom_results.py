"""Reads what overlay writes with highdicom, pydicom, SimpleITK, nibabel and slicerio, and validates it with dicom3tools.

    python3 -m venv venv && venv/bin/pip install highdicom nibabel pydicom pylibjpeg-openjpeg pylibjpeg SimpleITK slicerio
    venv/bin/python Tests/oracles/dicom_results.py .build/release/overlay SERIES ... [--labels SERIES=LABELS.nii.gz]

Every SERIES (a folder of DICOM files), and the first again with the rows of its images upside down, is given labels and
an attribution on its own grid turned to RAS, as ctx2nii and explain would; overlay then writes every product on it. The
status is 1 where a reader finds another voxel count, a centroid more than 0.01 mm off, another value, another place or
another name; where dciodvfy or dcentvfy find an error; or where gdcmconv cannot read what its GDCM can read at all.
"""

import gzip
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

import highdicom
import nibabel
import numpy
import pydicom
import SimpleITK
import slicerio

FLIP = numpy.diag([-1.0, -1.0, 1.0, 1.0])  # LPS+ to RAS+
TARGETS = {1: "liver", 3: "kidney, left"}
TABLE = [
    {"value": 0, "name": "background", "color": [0, 0, 0]},
    {"value": 1, "name": "liver", "color": [221, 130, 101],
     "terminology": {"type": {"scheme": "SCT", "value": "10200004", "meaning": "Liver"}}},
    {"value": 3, "name": "kidney, left", "color": [185, 102, 83],
     "terminology": {"type": {"scheme": "SCT", "value": "64033007", "meaning": "Kidney"},
                     "modifier": {"scheme": "SCT", "value": "7771000", "meaning": "Left"}}},
]
problems = []


def expect(condition, message):
    """Notes what is not as it should be."""
    if not condition:
        problems.append(message)
        print("  " + message)


def read_series(folder):
    """Voxels [columns, rows, slices] and the affine to RAS+, by the elements alone."""
    slices = [pydicom.dcmread(file) for file in sorted(folder.iterdir())]
    row, column = numpy.split(numpy.array(slices[0].ImageOrientationPatient, float), 2)
    normal = numpy.cross(row, column)
    slices.sort(key=lambda item: numpy.dot(normal, numpy.array(item.ImagePositionPatient, float)))
    start, end = (numpy.array(item.ImagePositionPatient, float) for item in (slices[0], slices[-1]))
    affine = numpy.eye(4)
    affine[:3, 0] = row * float(slices[0].PixelSpacing[1])
    affine[:3, 1] = column * float(slices[0].PixelSpacing[0])
    affine[:3, 2] = (end - start) / (len(slices) - 1)
    affine[:3, 3] = start
    voxels = [item.pixel_array.T * float(item.RescaleSlope) + float(item.RescaleIntercept) for item in slices]
    return numpy.stack(voxels, axis=-1), FLIP @ affine, slices


def upside_down(folder, out):
    """The series with the rows of its images in the other order: orientation [1,0,0,0,-1,0] where it was axial."""
    out.mkdir()
    for file in sorted(folder.iterdir()):
        item = pydicom.dcmread(file)
        pixels = item.pixel_array
        orientation = numpy.array(item.ImageOrientationPatient, float)
        step = orientation[3:] * float(item.PixelSpacing[0]) * (item.Rows - 1)
        item.ImagePositionPatient = [round(x, 6) for x in numpy.array(item.ImagePositionPatient, float) + step]
        item.ImageOrientationPatient = [float(x) for x in numpy.concatenate([orientation[:3], -orientation[3:]])]
        if item.file_meta.TransferSyntaxUID.is_compressed:
            item.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
        item.PixelData = pixels[::-1].tobytes()
        item.save_as(out / file.name)


def write_stream(path, image, affine, labels):
    """A stream of explain with an attribution for every target; gives its channels as RAS volumes."""
    generator = numpy.random.default_rng(5)
    channels = [image, labels]
    for value in TARGETS:
        channels.append(generator.normal(0, 1e-3, image.shape) * (labels > 0) + 0.02 * (labels == value))
    ras = [nibabel.as_closest_canonical(nibabel.Nifti1Image(c.astype(numpy.float32), affine)) for c in channels]
    stream = nibabel.Nifti1Image(numpy.stack([numpy.asarray(c.dataobj) for c in ras], axis=-1), ras[0].affine)
    stream.set_sform(ras[0].affine, 1)
    stream.set_qform(ras[0].affine, 1)
    header = {
        "voxplain": 1, "labels": TABLE, "provenance": [],
        "model": {"name": "test network", "sha256": "ab" * 32},
        "channels": [{"name": "image", "role": "image", "units": "HU"}, {"name": "labels", "role": "labels"}]
        + [{"name": n, "role": "attribution", "target": v, "method": "gradient"} for v, n in TARGETS.items()],
    }
    stream.header.extensions.append(nibabel.nifti1.Nifti1Extension(6, json.dumps(header).encode()))
    nibabel.save(stream, path)
    return [numpy.asarray(c.dataobj) for c in ras], ras[0].affine


def centroid(mask, affine):
    """The mean place of a mask's voxels in millimetres, RAS+."""
    return nibabel.affines.apply_affine(affine, numpy.argwhere(mask).mean(axis=0))


def check_segmentation(path, labels, affine, slices):
    """Voxel counts, centroids, names, codes and sources, by highdicom; places again by pydicom alone."""
    seg = highdicom.seg.segread(path)
    for number in seg.segment_numbers:
        item = seg.get_segment_description(number)
        value = next(v for v, n in TARGETS.items() if n == item.segment_label)
        codes = next(entry["terminology"] for entry in TABLE if entry["value"] == value)
        expect(item.segmented_property_type.value == codes["type"]["value"], f"{path.name}: type of segment {number}")
        volume = seg.get_volume(segment_numbers=[number], combine_segments=False)
        mask = volume.array[..., 0] > 0
        expect(mask.sum() == (labels == value).sum(), f"{path.name}: {item.segment_label}: {mask.sum()} voxels")
        found = (FLIP @ numpy.append(centroid(mask, volume.affine), 1))[:3]
        distance = numpy.linalg.norm(found - centroid(labels == value, affine))
        expect(distance < 0.01, f"{path.name}: {item.segment_label} is {distance} mm off")
    plain = pydicom.dcmread(path)
    pixels = plain.pixel_array.reshape(-1, plain.Rows, plain.Columns)
    expect(pixels.any(axis=(1, 2)).all(), f"{path.name}: has empty frames")
    places = {tuple(float(x) for x in item.ImagePositionPatient) for item in slices}
    instances = {item.SOPInstanceUID for item in slices} - {""}
    for frame in plain.PerFrameFunctionalGroupsSequence:
        place = tuple(float(x) for x in frame.PlanePositionSequence[0].ImagePositionPatient)
        expect(place in places, f"{path.name}: a frame lies at {place}, where no slice of the source does")
        for derivation in frame.DerivationImageSequence if instances else []:
            uid = derivation.SourceImageSequence[0].ReferencedSOPInstanceUID
            expect(uid in instances, f"{path.name}: refers to {uid}, no image of the source")
        expect(bool(frame.DerivationImageSequence) == bool(instances), f"{path.name}: sources of a frame")


def check_map(path, product):
    """Values of a parametric map, by highdicom, against the NIfTI product."""
    image = nibabel.load(product)
    volume = highdicom.imread(path).get_volume(apply_real_world_transform=True)
    found = nibabel.as_closest_canonical(nibabel.Nifti1Image(volume.array.astype(numpy.float64), FLIP @ volume.affine))
    true = nibabel.as_closest_canonical(nibabel.Nifti1Image(image.get_fdata(), image.affine))
    expect(found.shape == true.shape, f"{path.name}: shape {found.shape}, expected {true.shape}")
    expect(numpy.allclose(found.affine, true.affine, atol=1e-4), f"{path.name}: another place")
    expect((found.get_fdata() == true.get_fdata()).all(), f"{path.name}: other values than {product.name}")


def check_captures(folder, source, slices, affine):
    """Places of secondary captures, by SimpleITK, and what they keep of the source."""
    reader = SimpleITK.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(folder)))
    image = reader.Execute()
    found = numpy.eye(4)
    found[:3, :3] = numpy.array(image.GetDirection()).reshape(3, 3) * numpy.array(image.GetSpacing())
    found[:3, 3] = image.GetOrigin()
    expect(numpy.allclose(FLIP @ found, affine, atol=1e-3), f"{folder.name}: SimpleITK has it elsewhere")
    captures = [pydicom.dcmread(file) for file in sorted(folder.iterdir())]
    expect(len(captures) == len(slices), f"{folder.name}: {len(captures)} captures")
    for name in ["SeriesInstanceUID", "StudyInstanceUID", "FrameOfReferenceUID", "SeriesNumber", "PatientName"]:
        expect(len({str(getattr(item, name)) for item in captures}) == 1, f"{folder.name}: {name} varies")
    for name in ["PatientName", "PatientID", "SpecificCharacterSet", "StudyInstanceUID", "FrameOfReferenceUID"]:
        kept = getattr(slices[0], name, "")
        expect(not kept or getattr(captures[0], name) == kept, f"{folder.name}: {name} is not the source's")
    window = numpy.clip((source[:, :, 0] + 160) / 400, 0, 1) * 255
    grey = captures[0].pixel_array[: slices[0].Rows].astype(float)
    same = numpy.abs(grey - window.T[:, :, None]).max(axis=-1) <= 1
    expect(same.mean() > 0.5, f"{folder.name}: the window is not applied, or the image lies another way")


def check_volumes(folder, channels, affine):
    """NIfTI and NRRD products, by nibabel, SimpleITK and slicerio."""
    for name, values in [("image", channels[0]), ("labels", channels[1])] + [
        (f"attribution_{n.replace(', ', '__')}", channels[2 + i]) for i, n in enumerate(TARGETS.values())
    ]:
        image = nibabel.load(folder / f"{name}.nii.gz")
        expect((numpy.asarray(image.dataobj) == values).all(), f"{name}: other values")
        expect(numpy.allclose(image.affine, affine, atol=1e-4), f"{name}: nibabel has it elsewhere")
        itk = SimpleITK.ReadImage(str(folder / f"{name}.nii.gz"))
        expect((SimpleITK.GetArrayFromImage(itk).T == values).all(), f"{name}: SimpleITK reads other values")
        expect(numpy.allclose((FLIP @ numpy.append(itk.GetOrigin(), 1))[:3], affine[:3, 3], atol=1e-3),
               f"{name}: SimpleITK has it elsewhere")
        # nibabel forgets the scaling of an image it has loaded.
        with gzip.open(folder / f"{name}.nii.gz") as file:
            header = nibabel.Nifti1Header(file.read(348))
        if name == "labels":
            expect(header["intent_code"] == 1002 and header["scl_slope"] == 1 and header["scl_inter"] == 0
                   and header.get_data_dtype().kind in "ui", "labels: intent, slope or type")
        elif name != "image":
            expect(header.get_data_dtype() == numpy.float32 and header["intent_code"] == 1001
                   and header["cal_min"] == -header["cal_max"] < 0, f"{name}: type, intent or display range")
    segmentation = slicerio.read_segmentation(str(folder / "labels.seg.nrrd"))
    names = {item["labelValue"]: item["name"] for item in segmentation["segments"]}
    expect(names == TARGETS, f"labels.seg.nrrd: slicerio reads {names}")
    itk = SimpleITK.ReadImage(str(folder / "labels.seg.nrrd"))
    expect((SimpleITK.GetArrayFromImage(itk).T == channels[1]).all(), "labels.seg.nrrd: SimpleITK reads other labels")


def validate(files):
    """Errors that dicom3tools and GDCM find."""
    for file in files:
        said = subprocess.run(["dciodvfy", file], capture_output=True, text=True)
        for line in set((said.stdout + said.stderr).splitlines()):
            expect(not line.startswith("Error"), f"{file.name}: dciodvfy: {line}")
        # GDCM 3.0 knows no float pixel data, whoever wrote them.
        if not file.name.startswith("pm_"):
            said = subprocess.run(["gdcmconv", "--raw", file, file.with_suffix(".raw")], capture_output=True, text=True)
            expect(said.returncode == 0, f"{file.name}: gdcmconv: {said.stderr}")
            file.with_suffix(".raw").unlink(missing_ok=True)
    said = subprocess.run(["dcentvfy", *files], capture_output=True, text=True)
    for line in (said.stdout + said.stderr).splitlines():
        expect("Error" not in line, f"dcentvfy: {line}")


def check(command, series, labels_file, scratch):
    """Writes and reads the results of one series."""
    source, affine, slices = read_series(series)
    if labels_file:
        image = nibabel.load(labels_file)
        ornt = nibabel.orientations.io_orientation(numpy.linalg.inv(affine) @ image.affine)
        labels = nibabel.apply_orientation(numpy.asarray(image.dataobj), ornt)
        # Two organs of the real scan stand for the two targets.
        present = [v for v in numpy.unique(labels) if v > 0]
        labels = numpy.where(labels == present[0], 1, numpy.where(labels == present[1], 3, 0))
    else:
        labels = numpy.zeros(source.shape, int)
        n = numpy.array(source.shape)
        a, b = n // 4, n // 2
        labels[a[0] : b[0], a[1] : b[1] + 3, 1 : b[2]] = 1
        labels[b[0] + 2 : b[0] + 9, b[1] + 5 : b[1] + 8, b[2] - 1 : b[2] + 2] = 3
    channels, ras = write_stream(scratch / "stream.nii", source, affine, labels)
    for grid in ["model", "source"]:
        for extra in [[], ["--multiframe"], ["--deidentify"]]:
            out = scratch / f"out-{grid}{''.join(extra)}"
            subprocess.run(
                [command, scratch / "stream.nii", "-o", out, "--products", "all", "--reference", series, "--grid", grid,
                 "--quiet", *extra], check=True)
            dicom = sorted(out.rglob("*.dcm"))
            validate(dicom)
            kept = [] if "--deidentify" in extra else slices
            check_segmentation(out / "seg.dcm", labels, affine, kept or [anonymous(item) for item in slices])
            for name in TARGETS.values():
                name = name.replace(", ", "__")
                check_map(out / f"pm_{name}.dcm", out / f"attribution_{name}.nii.gz")
                if "--multiframe" not in extra:
                    check_captures(out / f"sc_{name}", source, kept or [anonymous(item) for item in slices], affine)
            if grid == "model":
                check_volumes(out, channels, ras)
            if "--deidentify" in extra:
                for file in dicom:
                    item = pydicom.dcmread(file)
                    expect(not item.PatientName and not item.PatientID and item.PatientIdentityRemoved == "YES",
                           f"{file.name}: says who the patient is")
                    expect(slices[0].StudyInstanceUID != item.StudyInstanceUID, f"{file.name}: keeps the study")
            shutil.rmtree(out)


def anonymous(item):
    """A source image of which a de-identified object may only know the place."""
    copy = pydicom.Dataset()
    copy.ImagePositionPatient = item.ImagePositionPatient
    copy.Rows, copy.SOPInstanceUID = item.Rows, ""
    return copy


def main(command, arguments):
    labels, folders = {}, []
    while arguments:
        argument = arguments.pop(0)
        if argument == "--labels":
            series, file = arguments.pop(0).split("=")
            labels[pathlib.Path(series)] = file
        else:
            folders.append(pathlib.Path(argument))
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        turned = scratch / "upside-down"
        upside_down(folders[0], turned)
        for series in folders + [turned]:
            print(f"{series}")
            check(command, series, labels.get(series), scratch)
    print(f"{len(folders) + 1} series, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
