#!/usr/bin/env python3
"""Gradients of the small networks in double precision, at sampled voxels.

Setup: python3 -m venv venv && venv/bin/pip install "torch==2.13.0+cpu" monai==1.6.1 numpy
Use:   venv/bin/python generate.py ../../../../shared .

The gradient of a network with ReLU-like kinks jumps where a pre-activation crosses zero, so that PyTorch's own float32
gradient differs from its float64 gradient by up to 3 % of the maximum (printed below). These files hold the float64
values: what a float32 engine must come close to. NAME is the network as exported; NAME-elu has every ReLU and
LeakyReLU replaced by ELU, which has no kink, so that no rounding is amplified.

NAME_<class>.csv: voxel offset in C order, float64 gradient of the sum of the class's logits over its argmax mask.
"""
import csv, os, sys
import numpy as np
import torch

shared, out = sys.argv[1:3]
sys.path.insert(0, os.path.join(shared, "tools"))
import export_models

SAMPLES = 1500


def smooth(module):
    for name, child in module.named_children():
        if isinstance(child, (torch.nn.LeakyReLU, torch.nn.ReLU)):
            setattr(module, name, torch.nn.ELU())
        else:
            smooth(child)


for name, is_smooth in [
    ("unet", False), ("dynunet", False), ("dynunet", True), ("segresnet", False), ("segresnet", True),
    ("swinunetr", False), ("swinunetr", True),
]:
    make, extent = export_models.small()[name]
    torch.manual_seed(1234)
    net = make().eval()
    folder = os.path.join(shared, "data", "models", "monai-small", name)
    x = torch.tensor(np.load(os.path.join(folder, "image.npy")))[None, None]
    if is_smooth:
        smooth(net)
    gradients = {}
    for kind in (torch.float32, torch.float64):
        net = net.to(kind)
        xk = x.to(kind).requires_grad_(True)
        z = net(xk)[0]
        labels = z.argmax(0) if is_smooth else torch.tensor(np.load(os.path.join(folder, "logits.npy")).argmax(0))
        for c in range(3):
            if (labels == c).any():
                f = (z[c] * (labels == c).to(kind)).sum()
                gradients[kind, c] = torch.autograd.grad(f, xk, retain_graph=True)[0].numpy().ravel()
    for (kind, c), g in gradients.items():
        if kind != torch.float64:
            continue
        title = name + ("-elu" if is_smooth else "")
        gap = np.abs(gradients[torch.float32, c] - g).max() / np.abs(g).max()
        print(f"{title} class {c}: PyTorch float32 against float64, max {gap:.1e} of the maximum")
        # The largest gradients, and voxels at random.
        rng = np.random.default_rng(c)
        chosen = np.union1d(np.argsort(-np.abs(g))[: SAMPLES // 3], rng.choice(g.size, 2 * SAMPLES // 3, replace=False))
        with open(os.path.join(out, f"{title}_{c}.csv"), "w", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows((int(i), f"{g[i]:.9g}") for i in chosen)
