"""Cases for training and evaluation: volumes of Hounsfield units and label maps in RAS order.

A case is a volume [X, Y, Z] whose indices grow to the patient's right, front and head (RAS), with a
fine label map: TotalSegmentator's own values, which `CLASS_OF` folds into the classes of the network.
"""

import importlib.util
import pathlib

import nibabel
import numpy as np

SPACING = (3.0, 3.0, 3.0)
WINDOW = (-160.0, 240.0)
ROI = (80, 80, 16)
AIR = -1024.0

# value, name, colour of each class
CLASSES = [
    ("background", (0, 0, 0)),
    ("liver", (221, 130, 101)),
    ("spleen", (157, 108, 162)),
    ("kidneys", (185, 102, 83)),
    ("aorta", (224, 97, 76)),
    ("vertebrae", (241, 214, 145)),
    ("ribs", (253, 232, 158)),
    ("autochthon", (192, 104, 88)),
]
NAMES = [name for name, _ in CLASSES]

# What each class is in SNOMED CT, as DICOM's context group 7151 has it, and the side of context group 244.
CODES = {
    "liver": ("10200004", "Liver"),
    "spleen": ("78961009", "Spleen"),
    "kidneys": ("64033007", "Kidney"),
    "aorta": ("15825003", "Aorta"),
    "vertebrae": ("51282000", "Vertebra"),
    "ribs": ("113197003", "Rib"),
    "autochthon": ("44947003", "Erector spinae muscle"),
}
SIDES = {"kidneys": ("51440002", "Bilateral")}

# TotalSegmentator v2 ("total") label values -> class
CLASS_OF = np.zeros(256, np.uint8)
CLASS_OF[5] = 1
CLASS_OF[1] = 2
CLASS_OF[[2, 3]] = 3
CLASS_OF[52] = 4
CLASS_OF[26:51] = 5
CLASS_OF[92:116] = 6
CLASS_OF[[86, 87]] = 7

TRAINING_SCAN = ("example_ct.nii.gz", "example_seg_fast_force_split.nii.gz")
HOLD_OUT = ("example_ct_dicom", "example_seg_dicom.nii.gz")


class Case:
    """A scan with its fine label map (both [X, Y, Z], RAS) and its voxel-to-world affine."""

    def __init__(self, name, image, labels, affine, class_of=CLASS_OF):
        self.name, self.affine, self.class_of = name, affine, class_of
        self.image = np.ascontiguousarray(image, np.float32)
        self.labels = np.ascontiguousarray(labels, np.uint8)

    @property
    def classes(self):
        return self.class_of[self.labels]


def load_nifti(path, dtype):
    """The voxels in RAS order, and their affine."""
    image = nibabel.as_closest_canonical(nibabel.load(path))
    return np.asarray(image.dataobj).astype(dtype), image.affine


def load_dicom(folder):
    """A CT series of axial slices as Hounsfield units [X, Y, Z] in RAS order, and its affine."""
    import pydicom

    slices = [pydicom.dcmread(path) for path in sorted(pathlib.Path(folder).iterdir()) if path.is_file()]
    slices.sort(key=lambda ds: float(ds.ImagePositionPatient[2]))
    first, last = slices[0], slices[-1]
    if [round(float(v), 4) for v in first.ImageOrientationPatient] != [1, 0, 0, 0, 1, 0]:
        raise ValueError(f"{folder}: not a series of plain axial slices")
    planes = [ds.pixel_array.astype(np.float32) * float(ds.RescaleSlope) + float(ds.RescaleIntercept) for ds in slices]
    volume = np.stack(planes, axis=-1).transpose(1, 0, 2)  # [X, Y, Z], LPS
    row, column = (float(v) for v in first.PixelSpacing)
    x, y, z = (float(v) for v in first.ImagePositionPatient)
    step = (float(last.ImagePositionPatient[2]) - z) / max(1, len(slices) - 1)
    lps = np.array([[column, 0, 0, x], [0, row, 0, y], [0, 0, step, z], [0, 0, 0, 1]])
    image = nibabel.Nifti1Image(volume, np.diag([-1.0, -1.0, 1.0, 1.0]) @ lps)
    image = nibabel.as_closest_canonical(image)
    return np.asarray(image.dataobj), image.affine


def training_scan(data):
    """The real CT that the network is trained on: no contrast agent, from the liver to the thighs, 3 mm."""
    folder = pathlib.Path(data)
    image, affine = load_nifti(folder / TRAINING_SCAN[0], np.float32)
    labels, _ = load_nifti(folder / TRAINING_SCAN[1], np.uint8)
    return Case("training scan", image, labels, affine)


def hold_out(data):
    """The second real CT: 20 slices that no weight has seen."""
    folder = pathlib.Path(data)
    image, affine = load_dicom(folder / HOLD_OUT[0])
    labels, other = load_nifti(folder / HOLD_OUT[1], np.uint8)
    if image.shape != labels.shape or not np.allclose(affine, other, atol=1e-3):
        raise ValueError(f"the hold-out's series and label map lie on different grids:\n{affine}\n{other}")
    return Case("hold-out", image, labels, affine)


def phantom_module():
    """Samples/phantom/generate.py, imported from where it lies."""
    path = pathlib.Path(__file__).resolve().parent.parent / "phantom" / "generate.py"
    spec = importlib.util.spec_from_file_location("phantom_generate", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def committed_phantom():
    """The phantom series of Samples/phantom with its truth."""
    folder = pathlib.Path(__file__).resolve().parent.parent / "phantom"
    image, affine = load_dicom(folder / "ct")
    labels, _ = load_nifti(folder / "labels.nii.gz", np.uint8)
    return Case("phantom", image, labels, affine, class_of=np.arange(256, dtype=np.uint8))
