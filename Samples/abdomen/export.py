#!/usr/bin/env python3
"""Turn trained weights into abdomen.onnx and its model card abdomen.json.

    python3 export.py RUN/abdomen.pt [--out FOLDER]

The graph is checked: only plain operators, and logits equal to PyTorch's within 1e-4 (onnxruntime), on two shapes.
"""

import argparse
import collections
import json
import pathlib

import numpy as np
import onnx
import onnxruntime
import torch

import cases
from network import network

ALLOWED = {"Conv", "ConvTranspose", "InstanceNormalization", "PRelu", "Add", "Concat", "Identity", "Constant"}


def label(value, name, color):
    row = {"value": value, "name": name, "color": list(color)}
    parts = {"type": cases.CODES.get(name), "modifier": cases.SIDES.get(name)}
    terminology = {key: {"scheme": "SCT", "value": code[0], "meaning": code[1]} for key, code in parts.items() if code}
    return row | ({"terminology": terminology} if terminology else {})


def card():
    low, high = cases.WINDOW
    return {
        "name": "abdomen",
        "description": "Segmentation of upper-abdominal CT (3 mm): a small residual U-Net trained on one public CT and on "
        "phantoms. A sample for software, not for diagnosis.",
        "orientation": "RAS",
        "spacing": [int(s) for s in cases.SPACING],
        "intensity": [
            {"step": "clip", "low": int(low), "high": int(high)},
            {"step": "scale", "from": [int(low), int(high)], "to": [0, 1]},
        ],
        "roi": list(cases.ROI),
        "overlap": 0.5,
        "blend": "gaussian",
        "padding": 0,
        "activation": "softmax",
        "labels": [label(i, n, c) for i, (n, c) in enumerate(cases.CLASSES)],
    }


def write_card(path):
    """One line per step and per label."""
    text = json.dumps(card(), indent=2)
    for key in ("intensity", "labels"):
        rows = ",\n".join("    " + json.dumps(row) for row in card()[key])
        start = text.index(f'"{key}": [')
        end = text.index("\n  ]", start)
        text = text[:start] + f'"{key}": [\n{rows}' + text[end:]
    for key in ("spacing", "roi"):
        start = text.index(f'"{key}": [')
        end = text.index("]", start) + 1
        text = text[:start] + f'"{key}": {json.dumps(card()[key])}' + text[end:]
    assert json.loads(text) == card()
    path.write_text(text + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weights")
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parent)
    args = parser.parse_args()
    net = network().eval()
    net.load_state_dict(torch.load(args.weights))
    path = args.out / "abdomen.onnx"
    x = torch.zeros(1, 1, *cases.ROI)
    space = {2: "X", 3: "Y", 4: "Z"}
    torch.onnx.export(
        net,
        (x,),
        str(path),
        opset_version=17,
        dynamo=False,
        input_names=["image"],
        output_names=["logits"],
        dynamic_axes={"image": space, "logits": space},
    )
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    kinds = collections.Counter(node.op_type for node in model.graph.node)
    assert set(kinds) <= ALLOWED, kinds
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    worst = 0.0
    for shape in (cases.ROI, (96, 64, 24)):
        x = torch.rand(1, 1, *shape, generator=torch.Generator().manual_seed(1))
        with torch.no_grad():
            ours = net(x).numpy()
        theirs = session.run(None, {"image": x.numpy()})[0]
        worst = max(worst, float(np.abs(ours - theirs).max()))
    assert worst < 1e-4, worst
    write_card(args.out / "abdomen.json")
    print(f"{path.name}: {path.stat().st_size} bytes, {dict(kinds)}, largest difference to PyTorch {worst:.1e}")


if __name__ == "__main__":
    main()
