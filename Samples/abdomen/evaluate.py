#!/usr/bin/env python3
"""Dice of abdomen.onnx, per label, on the hold-out, the committed phantom and the training scan.

    python3 evaluate.py --data ../../../shared/data/ct/totalsegmentator

The scan is brought to RAS and to the card's spacing (linear; truth by nearest voxel), the intensity steps are
applied, windows of the card's roi slide over it, their logits are blended, and argmax makes the label map. Every
number in README.md comes from here.
"""

import argparse
import itertools
import json
import pathlib

import numpy as np
import onnxruntime
from scipy.ndimage import map_coordinates

import cases


def grid_of(shape, affine, spacing):
    """The grid with the same field of view and the wanted spacing: its shape and affine."""
    old = np.linalg.norm(affine[:3, :3], axis=0)
    new = [max(1, int(round(n * a / b))) for n, a, b in zip(shape, old, spacing)]
    result = affine.copy()
    result[:3, :3] = affine[:3, :3] / old * spacing
    # the corners of the field of view coincide, not the centres of the first voxels
    first = (np.array(spacing) / old - 1) / 2
    result[:3, 3] = (affine @ np.append(first, 1))[:3]
    return new, result


def resample(volume, affine, shape, target, order, fill):
    """The volume on another grid with parallel axes."""
    matrix = np.linalg.inv(affine) @ target
    coordinates = [matrix[i, i] * np.arange(n) + matrix[i, 3] for i, n in enumerate(shape)]
    # voxels of the border band, half a voxel wide, still belong to the field of view
    coordinates = [
        np.where((c > -0.51) & (c < n - 0.49), np.clip(c, 0, n - 1), c) for c, n in zip(coordinates, volume.shape)
    ]
    mesh = np.meshgrid(*coordinates, indexing="ij")
    return map_coordinates(volume, mesh, order=order, mode="constant", cval=fill)


def prepare(image, card):
    """The card's intensity steps."""
    image = image.astype(np.float32)
    for step in card["intensity"]:
        if step["step"] == "clip":
            image = np.clip(image, step["low"], step["high"])
        elif step["step"] == "scale":
            (a, b), (c, d) = step["from"], step["to"]
            image = (image - a) / (b - a) * (d - c) + c
        else:
            raise ValueError(f"intensity step {step['step']} is not known here")
    return image.astype(np.float32)


def importance(roi):
    """Gaussian window weights, sigma an eighth of the window, as MONAI's."""
    weight = np.ones(roi, np.float32)
    for axis, n in enumerate(roi):
        x = np.arange(n) - (n - 1) / 2
        shape = [1, 1, 1]
        shape[axis] = n
        weight = weight * np.exp(-0.5 * (x / (0.125 * n)) ** 2).reshape(shape).astype(np.float32)
    return np.maximum(weight, 1e-3)


def segment(image, card, run):
    """Sliding-window argmax of a prepared volume; `run` maps [1, 1, X, Y, Z] to logits."""
    roi = card["roi"]
    pads = [(max(0, r - n) // 2, max(0, r - n) - max(0, r - n) // 2) for n, r in zip(image.shape, roi)]
    padded = np.pad(image, pads, constant_values=card["padding"])
    starts = []
    for n, r in zip(padded.shape, roi):
        stride = max(1, int(r * (1 - card["overlap"])))
        count = -(-(n - r) // stride) + 1
        starts.append([min(i * stride, n - r) for i in range(count)])
    weight = importance(roi)
    total = np.zeros((len(card["labels"]), *padded.shape), np.float32)
    norm = np.zeros(padded.shape, np.float32)
    for corner in itertools.product(*starts):
        window = tuple(slice(c, c + r) for c, r in zip(corner, roi))
        total[(slice(None), *window)] += run(padded[window][None, None])[0] * weight
        norm[window] += weight
    labels = (total / norm).argmax(0).astype(np.uint8)
    return labels[tuple(slice(a, a + n) for (a, _), n in zip(pads, image.shape))]


def dice(a, b):
    """Dice of two masks, or None where both are empty."""
    total = int(a.sum()) + int(b.sum())
    return 2 * int((a & b).sum()) / total if total else None


def measure(case, card, run):
    """Dice per class at the card's spacing and on the scan's own grid, and the segmentation."""
    shape, affine = grid_of(case.image.shape, case.affine, card["spacing"])
    image = resample(case.image, case.affine, shape, affine, 1, cases.AIR)
    truth = case.class_of[resample(case.labels, case.affine, shape, affine, 0, 0)]
    found = segment(prepare(image, card), card, run)
    back = resample(found, affine, case.image.shape, case.affine, 0, 0)
    rows = []
    for label in card["labels"][1:]:
        c = label["value"]
        rows.append((label["name"], dice(found == c, truth == c), dice(back == c, case.classes == c)))
    return rows, image, truth, found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    here = pathlib.Path(__file__).resolve().parent
    parser.add_argument(
        "--data", default="../../../shared/data/ct/totalsegmentator", help="folder of TotalSegmentator's example"
    )
    parser.add_argument("--model", type=pathlib.Path, default=here / "abdomen.onnx", help="network, its card beside it")
    parser.add_argument("--case", action="append", choices=["hold-out", "phantom", "training"], help="default: all")
    parser.add_argument("--pictures", type=pathlib.Path, help="folder for PNGs of the segmentations (needs matplotlib)")
    args = parser.parse_args()
    card = json.loads(args.model.with_suffix(".json").read_text())
    session = onnxruntime.InferenceSession(str(args.model), providers=["CPUExecutionProvider"])

    def run(x):
        return session.run(None, {"image": np.ascontiguousarray(x)})[0]

    load = {
        "hold-out": lambda: cases.hold_out(args.data),
        "phantom": cases.committed_phantom,
        "training": lambda: cases.training_scan(args.data),
    }
    for name in args.case or load:
        rows, image, truth, found = measure(load[name](), card, run)
        print(f"{name}: Dice at {card['spacing']} mm, and on the scan's own grid")
        for label, coarse, own in rows:
            print(
                f"  {label:12s} " + "  ".join("  -   " if v is None else f"{v:.4f}" for v in (coarse, own)), flush=True
            )
        if args.pictures:
            draw(args.pictures / f"{name}.png", image, truth, found, card)


def draw(path, image, truth, found, card):
    """Axial slices and a coronal one: truth above, segmentation below."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    from matplotlib.colors import ListedColormap

    colours = ListedColormap([np.array(label["color"]) / 255 for label in card["labels"]])
    depth = image.shape[2]
    planes = [(slice(None), slice(None), int(depth * f)) for f in (0.15, 0.5, 0.85)] + [
        (slice(None), image.shape[1] // 2, slice(None))
    ]
    figure, axes = plt.subplots(2, len(planes), figsize=(5 * len(planes), 9))
    for column, plane in enumerate(planes):
        for row, labels in enumerate((truth, found)):
            ax = axes[row][column]
            ax.imshow(image[plane].T, cmap="gray", vmin=-160, vmax=240, origin="lower")
            part = labels[plane].T
            ax.imshow(
                np.ma.masked_equal(part, 0),
                cmap=colours,
                vmin=0,
                vmax=len(card["labels"]) - 1,
                alpha=0.55,
                origin="lower",
                interpolation="nearest",
            )
            ax.set_axis_off()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.tight_layout()
    figure.savefig(path, dpi=60)
    plt.close(figure)


if __name__ == "__main__":
    main()
