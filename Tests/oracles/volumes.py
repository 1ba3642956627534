#!/usr/bin/env python3
"""Compares the volumes that ctx2nii writes and reads with what other readers and writers make of the same files.

    volumes.py CTX2NII WORK

CTX2NII is the built command, WORK a folder for the files. Needs numpy, nibabel, SimpleITK and pynrrd.
Written: a NIfTI made by nibabel becomes every format, which nibabel, SimpleITK and pynrrd read. Read: files of SimpleITK
and pynrrd, compressed and not, several volumes, colours and layouts of their own, become NIfTI, which nibabel reads.
Voxels must be equal, affines within single precision. Exit status 1 on any difference.
"""

import itertools
import pathlib
import re
import shlex
import subprocess
import sys

import nibabel
import nrrd
import numpy
import SimpleITK

# Millimetres; NIfTI-1 stores affines as 32-bit floats.
AFFINE_TOLERANCE = 1e-4
TO_RAS = numpy.diag([-1.0, -1.0, 1.0, 1.0])
TYPES = ["uint8", "int8", "int16", "uint16", "int32", "uint32", "float32", "float64"]
WRITTEN = ["nii", "nii.gz", "nrrd", "nhdr", "mha", "mhd", "raw"]

failures = []


def check(name, voxels, expected, affine=None, expected_affine=None):
    problem = ""
    if voxels.dtype.newbyteorder("=") != expected.dtype.newbyteorder("="):
        problem = f"type {voxels.dtype}, expected {expected.dtype}"
    elif voxels.shape != expected.shape:
        problem = f"shape {voxels.shape}, expected {expected.shape}"
    elif not numpy.array_equal(voxels, expected):
        problem = f"{numpy.count_nonzero(voxels != expected)} voxels differ"
    elif affine is not None and not numpy.allclose(affine, expected_affine, rtol=0, atol=AFFINE_TOLERANCE):
        problem = f"affine {affine.tolist()}, expected {expected_affine.tolist()}"
    print(("FAIL  " if problem else "ok    ") + name + (f": {problem}" if problem else ""), flush=True)
    if problem:
        failures.append(name)


def ctx2nii(*arguments):
    """Runs the command; its standard error."""
    done = subprocess.run([COMMAND, *map(str, arguments)], capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"exit status {done.returncode}: {done.stderr.strip()}")
    return done.stderr


def attempt(name, action):
    """Counts a command or a reader that fails as a difference."""
    try:
        action()
    except Exception as problem:
        print(f"FAIL  {name}: {problem}", flush=True)
        failures.append(name)


def voxels_of(dtype, shape, seed):
    random = numpy.random.default_rng(seed)
    dtype = numpy.dtype(dtype)
    if dtype.kind == "f":
        return random.normal(0, 1000, shape).astype(dtype)
    limits = numpy.iinfo(dtype)
    voxels = random.integers(limits.min, limits.max, shape, dtype=dtype, endpoint=True)
    voxels.flat[0], voxels.flat[-1] = limits.min, limits.max
    return voxels


def affines():
    """Grids in all 48 orientations and two oblique ones, by name."""
    for order in itertools.permutations(range(3)):
        for signs in itertools.product([1, -1], repeat=3):
            affine = numpy.eye(4)
            affine[:3, :3] = 0
            for axis in range(3):
                affine[order[axis], axis] = signs[axis] * (0.75, 1.5, 2.5)[axis]
            affine[:3, 3] = (-70.25, 31.5, 12.125)
            yield "".join(nibabel.aff2axcodes(affine)), affine
    for name, angles in (("oblique", (0.2, -0.35, 0.15)), ("upside", (2.5, 0.4, -1.9))):
        rotation = numpy.eye(3)
        for axis, angle in enumerate(angles):
            turn = numpy.eye(3)
            i, j = (axis + 1) % 3, (axis + 2) % 3
            turn[i, i] = turn[j, j] = numpy.cos(angle)
            turn[i, j], turn[j, i] = -numpy.sin(angle), numpy.sin(angle)
            rotation = rotation @ turn
        affine = numpy.eye(4)
        affine[:3, :3] = rotation * (0.75, 1.5, 2.5)
        affine[:3, 3] = (-70.25, 31.5, 12.125)
        yield name, affine


def itk_affine(image):
    """RAS affine of an image of SimpleITK."""
    affine = numpy.eye(4)
    affine[:3, :3] = numpy.array(image.GetDirection()).reshape(3, 3) * image.GetSpacing()
    affine[:3, 3] = image.GetOrigin()
    return TO_RAS @ affine


def itk_image(voxels, affine, is_vector=False):
    """An image of SimpleITK; channels of a vector are the last axis of `voxels`."""
    axes = (2, 1, 0, 3) if is_vector else (2, 1, 0)
    image = SimpleITK.GetImageFromArray(voxels.transpose(axes), isVector=is_vector)
    lps = TO_RAS @ affine
    spacing = numpy.linalg.norm(lps[:3, :3], axis=0)
    image.SetSpacing(spacing.tolist())
    image.SetOrigin(lps[:3, 3].tolist())
    image.SetDirection((lps[:3, :3] / spacing).ravel().tolist())
    return image


def itk_voxels(image):
    voxels = SimpleITK.GetArrayFromImage(image)
    return voxels.transpose((2, 1, 0, 3)[: voxels.ndim])


def nrrd_affine(header):
    affine = numpy.eye(4)
    directions = numpy.array(header["space directions"], dtype=float)
    affine[:3, :3] = directions[~numpy.isnan(directions).any(axis=1)].T
    affine[:3, 3] = header["space origin"]
    return TO_RAS @ affine


def colors(voxels):
    """Channels on the last axis as the records by which nibabel knows colours."""
    names = "RGB" if voxels.shape[-1] == 3 else "RGBA"
    dtype = numpy.dtype([(name, "u1") for name in names])
    return numpy.ascontiguousarray(voxels).view(dtype)[..., 0]


def check_written(name, path, expected, affine, hint):
    """Reads a file of ctx2nii with every reader that knows its format."""
    channels = expected.view("u1").reshape(expected.shape + (-1,)) if expected.dtype.names else expected
    if ".raw" in path.suffixes:
        options = dict(zip(*[iter(shlex.split(re.search(r"--raw-size.*", hint)[0]))] * 2))
        size = [int(extent) for extent in options["--raw-size"].split(",")]
        order = {"little": "<", "big": ">"}[options.get("--raw-endian", "little")]
        kind = {"rgb24": "3u1", "rgba32": "4u1"}.get(options["--raw-type"], options["--raw-type"])
        voxels = numpy.fromfile(path, dtype=numpy.dtype(kind).newbyteorder(order))
        shape = (-1, *size) if channels.ndim == 4 else tuple(size)
        voxels = voxels.reshape(size[2], size[1], size[0], -1).transpose(2, 1, 0, 3)
        check(f"numpy reads {name}", voxels if channels.ndim == 4 else voxels[..., 0], channels)
        back = path.with_suffix(".back.nii")
        ctx2nii(path, *itertools.chain(*options.items()), "--orient", "native", "-o", back)
        check(f"ctx2nii reads {name} by its own hint", numpy.asarray(nibabel.load(back).dataobj), expected)
        return
    if ".nii" in path.suffixes:
        image = nibabel.load(path)
        check(f"nibabel reads {name}", numpy.asarray(image.dataobj), expected, image.affine, affine)
        form = image.get_qform(coded=True)
        check(f"nibabel reads the qform of {name}", numpy.zeros(1), numpy.zeros(1), form[0], affine)
    image = SimpleITK.ReadImage(str(path))
    check(f"SimpleITK reads {name}", itk_voxels(image), channels, itk_affine(image), affine)
    if path.suffix in (".nrrd", ".nhdr"):
        voxels, header = nrrd.read(str(path))
        if channels.ndim == 4:
            voxels = voxels.transpose(1, 2, 3, 0)
        check(f"pynrrd reads {name}", voxels, channels, nrrd_affine(header), affine)


def writing(work):
    grids = dict(affines())
    cases = [(dtype, orientation) for dtype in TYPES for orientation in ("oblique", "LPS")]
    cases += [("int16", orientation) for orientation in grids] + [("rgb24", "oblique"), ("rgba32", "ASL")]
    for dtype, orientation in dict.fromkeys(cases):
        affine = grids[orientation]
        channels = {"rgb24": 3, "rgba32": 4}.get(dtype)
        if channels:
            voxels = colors(voxels_of("uint8", (7, 6, 5, channels), 1))
        else:
            voxels = voxels_of(dtype, (7, 6, 5), 1)
        source = work / f"source_{dtype}_{orientation}.nii"
        nibabel.save(nibabel.Nifti1Image(voxels, affine, dtype=voxels.dtype), source)
        for extension in WRITTEN:
            name = f"{dtype} {orientation} .{extension}"
            path = work / f"{dtype}_{orientation}_{extension.replace('.', '_')}.{extension}"

            def case():
                hint = ctx2nii(source, "--orient", "native", "-o", path)
                check_written(name, path, voxels, affine, hint)

            attempt(name, case)


def check_read(name, path, expected, affine, *options):
    def case():
        back = path.with_name(path.name + ".back.nii")
        ctx2nii(path, "--orient", "native", *options, "-o", back)
        image = nibabel.load(back)
        check(name, numpy.asarray(image.dataobj), expected, image.affine, affine)

    attempt(name, case)


def reading_itk(work):
    grids = dict(affines())
    for dtype, compressed, extension in itertools.product(TYPES, (False, True), ("nrrd", "nhdr", "mha", "mhd")):
        voxels = voxels_of(dtype, (7, 6, 5), 2)
        affine = grids["oblique"]
        kind = "compressed" if compressed else "plain"
        path = work / f"itk_{dtype}_{kind}_{extension}.{extension}"
        SimpleITK.WriteImage(itk_image(voxels, affine), str(path), useCompression=compressed)
        check_read(f"SimpleITK's {kind} {dtype} .{extension}", path, voxels, affine)
    for orientation, extension in itertools.product(grids, ("nrrd", "mha")):
        voxels = voxels_of("int16", (4, 3, 2), 3)
        path = work / f"itk_{orientation}_{extension}.{extension}"
        SimpleITK.WriteImage(itk_image(voxels, grids[orientation]), str(path))
        check_read(f"SimpleITK's {orientation} .{extension}", path, voxels, grids[orientation])
    for dtype, extension in itertools.product(("int64", "uint64"), ("nrrd", "mha")):
        voxels = voxels_of("int16" if dtype == "int64" else "uint16", (4, 3, 2), 4).astype(dtype)
        path = work / f"itk_{dtype}_{extension}.{extension}"
        SimpleITK.WriteImage(itk_image(voxels, grids["RAS"]), str(path))
        check_read(f"SimpleITK's {dtype} .{extension}", path, voxels.astype("int32"), grids["RAS"])
    vectors = [("uint8", 3), ("uint8", 4), ("uint8", 2), ("float32", 3), ("int16", 5)]
    for (dtype, count), compressed, extension in itertools.product(vectors, (False, True), ("nrrd", "nhdr", "mha", "mhd")):
        voxels = voxels_of(dtype, (7, 6, 5, count), 5)
        affine = grids["oblique"]
        kind = "compressed" if compressed else "plain"
        path = work / f"itk_{dtype}x{count}_{kind}_{extension}.{extension}"
        SimpleITK.WriteImage(itk_image(voxels, affine, True), str(path), useCompression=compressed)
        name = f"SimpleITK's {kind} vectors of {count} {dtype} .{extension}"
        if dtype == "uint8" and count > 2:
            check_read(name, path, colors(voxels), affine)
            continue
        for channel in range(count):
            check_read(f"{name}, channel {channel + 1}", path, voxels[..., channel], affine, "--volume", channel + 1)
    for extension in ("nrrd", "mha"):
        voxels = voxels_of("int16", (5, 4, 3, 2), 6)
        image = SimpleITK.GetImageFromArray(voxels.transpose(3, 2, 1, 0), isVector=False)
        image.SetSpacing((1, 2, 3, 4))
        path = work / f"itk_4d.{extension}"
        SimpleITK.WriteImage(image, str(path))
        for volume in range(2):
            check_read(
                f"SimpleITK's four axes .{extension}, volume {volume + 1}", path, voxels[..., volume],
                TO_RAS @ numpy.diag([1.0, 2, 3, 1]), "--volume", volume + 1)


def reading_nrrd(work):
    affine = dict(affines())["oblique"]
    spaces = {
        "left-posterior-superior": TO_RAS, "right-anterior-superior": numpy.eye(4),
        "left-anterior-superior": numpy.diag([-1.0, 1, 1, 1]),
    }
    for space, encoding, endian in itertools.product(spaces, ("raw", "gzip", "ascii"), ("little", "big")):
        voxels = voxels_of("int16", (7, 6, 5), 7)
        stated = spaces[space] @ affine
        for detached in (False, True):
            path = work / f"pynrrd_{space}_{encoding}_{endian}.{'nhdr' if detached else 'nrrd'}"
            header = {
                "encoding": encoding, "endian": endian, "space": space, "space directions": stated[:3, :3].T,
                "space origin": stated[:3, 3], "kinds": ["domain"] * 3, "a key": "a value",
            }
            stored = voxels.astype(voxels.dtype.newbyteorder("<" if endian == "little" else ">"))
            nrrd.write(str(path), stored, header, detached_header=detached)
            check_read(f"pynrrd's {encoding} {endian} {space} {path.suffix}", path, voxels, affine)
    for place, encoding in itertools.product((0, 3), ("raw", "gzip")):
        voxels = voxels_of("float32", (7, 6, 5, 3), 8)
        stated = TO_RAS @ affine
        directions = numpy.insert(stated[:3, :3].T, place, numpy.nan, axis=0)
        kinds = ["domain"] * 3
        kinds.insert(place, "list")
        path = work / f"pynrrd_list{place}_{encoding}.nrrd"
        header = {
            "encoding": encoding, "space": "LPS", "space directions": directions, "space origin": stated[:3, 3],
            "kinds": kinds,
        }
        nrrd.write(str(path), numpy.moveaxis(voxels, 3, place), header)
        for volume in range(3):
            check_read(
                f"pynrrd's {encoding} list on axis {place}, volume {volume + 1}", path, voxels[..., volume], affine,
                "--volume", volume + 1)


def main():
    global COMMAND
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    COMMAND = sys.argv[1]
    work = pathlib.Path(sys.argv[2])
    work.mkdir(parents=True, exist_ok=True)
    writing(work)
    reading_itk(work)
    reading_nrrd(work)
    print(f"{len(failures)} differences")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
