#!/usr/bin/env python3
"""Train the abdominal segmentation network of this folder on one real CT and on phantoms.

    python3 train.py --data ../../../shared/data/ct/totalsegmentator --out RUN

RUN/abdomen.pt holds the averaged weights; export.py turns them into abdomen.onnx and abdomen.json.
The hold-out series is not read here.
"""

import argparse
import copy
import math
import pathlib
import time

import numpy as np
import torch
import torch.nn.functional as F

import cases
from network import network

# --- what varies between scans -------------------------------------------------------------------------------


def contrast_phase(rng):
    """Change in Hounsfield units of each fine label (TotalSegmentator values) for a random contrast phase."""
    shift = np.zeros(256, np.float32)
    if rng.random() < 0.2:
        return shift
    u = rng.uniform
    arterial, portal = u(0, 1) ** 1.5, u(0, 1)
    shift[[52, 65, 66]] = arterial * 220 + portal * 120 + u(-10, 10)
    shift[[63, 67, 68]] = portal * u(20, 140)
    shift[64] = portal * 150
    shift[5] = portal * 70 + u(-15, 10)
    shift[1] = portal * 70 + arterial * 40 + u(-10, 15)
    shift[[2, 3]] = portal * 120 + arterial * 80 + u(-5, 25)
    shift[6] = u(-15, 60)
    shift[[18, 19, 20]] = u(-15, 50)
    shift[[7, 8, 9]] = (portal + arterial) * 40
    shift[80:90] = u(-15, 25)
    shift[79] = u(-5, 20)
    bone = u(-30, 110)
    shift[25:51] = bone + u(-25, 25)
    shift[75:79] = bone
    shift[92:117] = bone + u(-40, 40)
    return shift


def rotation(rng):
    """A random rotation: wide about the long axis, narrow about the others."""
    a, b, c = np.deg2rad([rng.normal(0, 5), rng.normal(0, 5), rng.normal(0, 9)])
    x = np.array([[1, 0, 0], [0, math.cos(a), -math.sin(a)], [0, math.sin(a), math.cos(a)]])
    y = np.array([[math.cos(b), 0, math.sin(b)], [0, 1, 0], [-math.sin(b), 0, math.cos(b)]])
    z = np.array([[math.cos(c), -math.sin(c), 0], [math.sin(c), math.cos(c), 0], [0, 0, 1]])
    return z @ y @ x


class Sampler:
    """Random augmented patches of one case."""

    def __init__(self, case, rng, real):
        self.rng, self.real = rng, real
        shape = case.image.shape
        self.shape = np.array(shape)
        # grid_sample wants [D, H, W] and coordinates in the order (W, H, D): store [Z, Y, X]
        self.image = torch.from_numpy(case.image.transpose(2, 1, 0).copy())[None, None] + 1024
        self.labels = torch.from_numpy(case.labels.transpose(2, 1, 0).astype(np.float32).copy())[None, None]
        self.class_of = torch.from_numpy(case.class_of.astype(np.int64))
        classes = case.classes
        lowest = shape[2] * 11 // 20 if real else 0  # the training scan reaches down to the thighs
        self.voxels = {
            c: np.argwhere(classes[:, :, lowest:] == c).astype(np.int16) + np.int16([0, 0, lowest])
            for c in range(1, len(cases.CLASSES))
        }
        self.present = [c for c, voxels in self.voxels.items() if len(voxels)]
        self.weights = np.array([{1: 1.5, 2: 2.5, 5: 2.0}.get(c, 1.0) for c in self.present])
        self.weights /= self.weights.sum()

    def centre(self):
        rng = self.rng
        if rng.random() < 0.1:
            return rng.uniform(0, self.shape)
        c = rng.choice(self.present, p=self.weights)
        voxel = self.voxels[c][rng.integers(len(self.voxels[c]))].astype(float)
        return voxel + rng.uniform(-1, 1, 3) * (30, 30, 5)

    def patch(self):
        """(input [1, X, Y, Z] after the intensity steps, classes [X, Y, Z], which slices count [Z])"""
        rng, roi = self.rng, cases.ROI
        u = rng.uniform
        # geometry: affine plus elastic
        common = math.exp(u(math.log(0.85), math.log(1.2)))
        scale = common * np.exp(rng.uniform(math.log(0.88), math.log(1.14), 3))
        matrix = rotation(rng) @ np.diag(1 / scale)
        axes = [np.arange(n) - (n - 1) / 2 for n in roi]
        grid = np.stack(np.meshgrid(*axes, indexing="ij"), -1) @ matrix.T + self.centre()
        grid = torch.from_numpy(grid.astype(np.float32))
        if rng.random() < 0.7:
            coarse = torch.from_numpy(rng.normal(0, u(0.5, 2.2), (1, 3, 6, 6, 3)).astype(np.float32))
            grid = grid + F.interpolate(coarse, size=roi, mode="trilinear", align_corners=True)[0].permute(1, 2, 3, 0)
        size = torch.tensor(self.shape - 1, dtype=torch.float32)
        grid = (grid / size * 2 - 1)[None]
        image = F.grid_sample(self.image, grid, mode="bilinear", align_corners=True)
        fine = F.grid_sample(self.labels, grid, mode="nearest", align_corners=True)[0, 0].long()
        image = image - 1024
        # intensity: contrast phase, texture, noise, blur, display-like changes
        if self.real:
            shift = torch.from_numpy(contrast_phase(rng))[fine][None, None]
            shift = F.avg_pool3d(shift, 3, 1, 1, count_include_pad=False)
            image = image + shift * ((image + 80) / 90).clamp(0, 1)
        if rng.random() < 0.35:
            image = blur(image, (u(0, 0.8), u(0, 0.8), u(0, 1.2)))
        if rng.random() < 0.5:
            image = image + u(2, 30) * torch.randn(image.shape)
        if rng.random() < 0.3:
            image = image + u(2, 15) * blur(torch.randn(image.shape), (1, 1, 0.5)) * 4
        if rng.random() < 0.3:
            coarse = torch.from_numpy(rng.normal(0, 10, (1, 1, 4, 4, 2)).astype(np.float32))
            image = image + F.interpolate(coarse, size=roi, mode="trilinear", align_corners=True)
        image = image * u(0.88, 1.12) + u(-20, 20)
        low, high = cases.WINDOW
        image = ((image - low) / (high - low)).clamp(0, 1)
        if rng.random() < 0.3:
            image = image ** math.exp(u(-0.25, 0.25))
        # a thin slab, padded
        counts = torch.ones(roi[2], dtype=torch.bool)
        if rng.random() < 0.5:
            keep = int(rng.integers(11, roi[2]))
            start = rng.choice([0, (roi[2] - keep) // 2, roi[2] - keep, (roi[2] - keep + 1) // 2])
            counts[:] = False
            counts[start : start + keep] = True
            image = image * counts
        if rng.random() < 0.15:  # a wider field of view: air beside the body
            axis, n = int(rng.integers(2)), int(rng.integers(5, 40))
            part = slice(0, n) if rng.random() < 0.5 else slice(roi[axis] - n, roi[axis])
            if axis == 0:
                image[:, :, part], fine[part] = 0, 0
            else:
                image[:, :, :, part], fine[:, part] = 0, 0
        return image[0], self.class_of[fine], counts


def blur(x, sigma):
    """Gaussian blur with one sigma (in voxels) per axis."""
    for axis, s in enumerate(sigma):
        if s < 0.2:
            continue
        r = max(1, int(3 * s))
        k = torch.exp(-0.5 * (torch.arange(-r, r + 1) / s) ** 2)
        shape = [1, 1, 1, 1, 1]
        shape[2 + axis] = 2 * r + 1
        pad = [0] * 6
        pad[2 * (2 - axis)] = pad[2 * (2 - axis) + 1] = r
        x = F.conv3d(F.pad(x, pad, mode="replicate"), (k / k.sum()).reshape(shape))
    return x


# --- training ------------------------------------------------------------------------------------------------

CE_WEIGHT = torch.tensor([0.5, 1, 2, 1, 1.5, 2.0, 1.5, 1])


def loss_of(logits, classes, counts):
    """1 - Dice (over the batch) plus weighted cross-entropy, over the slices that hold a scan; and the Dice."""
    truth = (classes[:, None] == torch.arange(logits.shape[1])[:, None, None, None]) & counts[:, None, None, None, :]
    truth = truth.float()
    log = logits.log_softmax(1)
    weighted = truth * CE_WEIGHT[:, None, None, None]
    ce = -(log * weighted).sum() / weighted.sum()
    p = log.exp() * counts[:, None, None, None, :]
    axes = (0, 2, 3, 4)
    overlap, total = (p * truth).sum(axes), p.sum(axes) + truth.sum(axes)
    dice = (2 * overlap + 20) / (total + 20)
    return ce + 1 - dice[1:].mean(), dice.detach()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--data", default="../../../shared/data/ct/totalsegmentator", help="folder of TotalSegmentator's example"
    )
    parser.add_argument("--out", required=True, help="folder for weights and checkpoints")
    parser.add_argument("--minutes", type=float, default=27, help="length of the cosine schedule in wall-clock time")
    parser.add_argument("--iterations", type=int, default=0, help="length in iterations instead (reproducible)")
    parser.add_argument("--batch", type=int, default=2)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--phantoms", type=int, default=8, help="how many phantoms (seeds 1000 ...)")
    parser.add_argument(
        "--phantom-share", type=float, default=0.25, help="fraction of the patches that are of phantoms"
    )
    parser.add_argument("--start", help="weights to start from")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    out = pathlib.Path(args.out)
    out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    rng = np.random.default_rng(args.seed)

    real = Sampler(cases.training_scan(args.data), rng, real=True)
    phantoms = []
    if args.phantoms and args.phantom_share > 0:
        generate = cases.phantom_module()
        for i in range(args.phantoms):
            image, labels, affine = generate.training_phantom(1000 + i)
            case = cases.Case(f"phantom {1000 + i}", image, labels, affine, class_of=np.arange(256, dtype=np.uint8))
            phantoms.append(Sampler(case, rng, real=False))

    # bfloat16 and channels last: twice as fast on CPUs that have AVX-512 BF16, and as good
    net = network().to(memory_format=torch.channels_last_3d)
    if args.start:
        net.load_state_dict(torch.load(args.start))
    average = copy.deepcopy(net)
    print(sum(p.numel() for p in net.parameters()), "parameters", flush=True)
    optimizer = torch.optim.AdamW(net.parameters(), lr=args.rate, weight_decay=1e-3)
    begin, step, running = time.time(), 0, None
    saved = begin
    while True:
        done = step / args.iterations if args.iterations else (time.time() - begin) / (60 * args.minutes)
        if done >= 1:
            break
        warm = min(1.0, (step + 1) / 50)
        for group in optimizer.param_groups:
            group["lr"] = args.rate * warm * (0.5 * (1 + math.cos(math.pi * done)) + 0.003)
        batch = []
        for _ in range(args.batch):
            source = phantoms[rng.integers(len(phantoms))] if phantoms and rng.random() < args.phantom_share else real
            batch.append(source.patch())
        image, classes, counts = (torch.stack(part) for part in zip(*batch))
        image = image.to(memory_format=torch.channels_last_3d)
        with torch.autocast("cpu", torch.bfloat16):
            logits = net(image)
        loss, dice = loss_of(logits.float(), classes, counts)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 2.0)
        optimizer.step()
        keep = min(0.998, (step + 1) / (step + 10))
        with torch.no_grad():
            for a, b in zip(average.parameters(), net.parameters()):
                a.lerp_(b, 1 - keep)
        step += 1
        running = dice if running is None else running * 0.98 + dice * 0.02
        if step % 50 == 0:
            text = " ".join(f"{n[:5]} {v:.2f}" for n, v in zip(cases.NAMES[1:], running[1:]))
            print(f"{step:6d} {time.time() - begin:6.0f} s  loss {loss.item():.3f}  {text}", flush=True)
        if time.time() - saved > 120:
            saved = time.time()
            torch.save(average.state_dict(), out / "abdomen.pt")
    torch.save(average.state_dict(), out / "abdomen.pt")
    print(f"{step} iterations in {(time.time() - begin) / 60:.1f} minutes", flush=True)


if __name__ == "__main__":
    main()
