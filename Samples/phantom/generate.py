#!/usr/bin/env python3
"""An abdominal CT phantom: a DICOM series and its truth, or arrays for training.

    python3 generate.py --seed 42 --out .                                   the committed series
    python3 generate.py --seed 42 --out BIG --size 512 --spacing 0.75 --slices 400 --slice-spacing 0.6

The anatomy is a list of smooth solids in patient coordinates (DICOM's: x to the left, y to the back, z to the head,
millimetres), painted one over the other with soft edges, so any grid can be asked for. Slices are made a few at a
time: memory does not grow with their number. All sizes, positions and the contrast phase follow from the seed, and
the same seed gives the same bytes.

Labels: 1 liver, 2 spleen, 3 kidneys, 4 aorta, 5 vertebrae, 6 ribs, 7 autochthon (deep back muscles).
"""

import argparse
import gzip
import hashlib
import math
import pathlib
import struct

import numpy as np

LIVER, SPLEEN, KIDNEYS, AORTA, VERTEBRAE, RIBS, AUTOCHTHON = range(1, 8)
VOXELS_PER_SLAB = 1_200_000


# --- solids: distances in millimetres, negative inside ---------------------------------------------------------


def ellipsoid(x, y, z, centre, radii, turn=0.0, lean=0.0):
    """Near-distance to an ellipsoid turned about z by `turn` and leaning in x by `lean` per mm of z."""
    u, v, w = x - centre[0], y - centre[1], z - centre[2]
    if lean:
        u = u - lean * w
    if turn:
        c, s = math.cos(turn), math.sin(turn)
        u, v = c * u + s * v, c * v - s * u
    u, v, w = u / radii[0], v / radii[1], w / radii[2]
    near = np.sqrt(u * u + v * v + w * w) + 1e-6
    slope = np.sqrt((u / radii[0]) ** 2 + (v / radii[1]) ** 2 + (w / radii[2]) ** 2) + 1e-6
    return near * (near - 1) / slope


def column(x, y, centre, radii):
    """Near-distance to an elliptic cylinder along z; centre and radii may be arrays over z."""
    u, v = (x - centre[0]) / radii[0], (y - centre[1]) / radii[1]
    near = np.sqrt(u * u + v * v) + 1e-6
    slope = np.sqrt((u / radii[0]) ** 2 + (v / radii[1]) ** 2) + 1e-6
    return near * (near - 1) / slope


def capsule(x, y, z, a, b, radius):
    """Distance to a rod with round ends."""
    d = [q - p for p, q in zip(a, b)]
    length = sum(v * v for v in d)
    t = ((x - a[0]) * d[0] + (y - a[1]) * d[1] + (z - a[2]) * d[2]) / length
    t = np.clip(t, 0, 1)
    return np.sqrt((x - a[0] - t * d[0]) ** 2 + (y - a[1] - t * d[1]) ** 2 + (z - a[2] - t * d[2]) ** 2) - radius


def union(a, b, smooth):
    """Smooth minimum of two distances."""
    h = np.clip(0.5 + 0.5 * (b - a) / smooth, 0, 1)
    return b + (a - b) * h - smooth * h * (1 - h)


# --- the canvas: a slab of slices being painted ---------------------------------------------------------------


class Slab:
    """Some slices of the scan: warped coordinates [Z, Y, X], Hounsfield units and labels."""

    def __init__(self, x, y, z, warp, edge):
        self.axes = (x, y, z)
        self.edge, self.margin = edge, warp.amplitude + 2 * edge
        zz, yy, xx = (a.astype(np.float32) for a in np.meshgrid(z, y, x, indexing="ij", sparse=True))
        self.x, self.y, self.z = warp(xx, yy, zz)
        shape = (len(z), len(y), len(x))
        self.hu = np.full(shape, -1000, np.float32)
        self.labels = np.zeros(shape, np.uint8)

    def box(self, bounds=None):
        """The slices of the arrays that can hold something within (x0, x1, y0, y1, z0, z1), or None."""
        if bounds is None:
            return (slice(None),) * 3
        parts = []
        for axis, (low, high) in zip(self.axes, (bounds[0:2], bounds[2:4], bounds[4:6])):
            first = int(np.searchsorted(axis, low - self.margin))
            last = int(np.searchsorted(axis, high + self.margin))
            if first >= last:
                return None
            parts.append(slice(first, last))
        return parts[2], parts[1], parts[0]

    def at(self, box):
        return self.x[box], self.y[box], self.z[box]

    def paint(self, box, distance, value, label=0, strength=1.0):
        """Blend `value` in where distance is negative; label None leaves the labels as they are."""
        weight = np.clip(0.5 - distance / self.edge, 0, 1) * strength
        hu = self.hu[box]
        hu += weight * (value - hu)
        if label is not None:
            labels = self.labels[box]
            labels[distance < 0] = label


class Warp:
    """A smooth displacement: a few random waves per component, so that nothing is a perfect ellipse."""

    def __init__(self, rng, waves=3, amplitude=2.2):
        self.amplitude = amplitude * waves
        self.waves = [
            [
                (rng.normal(0, 1, 3) * 2 * math.pi / 190, rng.uniform(0, 6.28), rng.uniform(-1, 1) * amplitude)
                for _ in range(waves)
            ]
            for _ in range(3)
        ]

    def __call__(self, x, y, z):
        moved = []
        for own, waves in zip((x, y, z), self.waves):
            total = own
            for k, phase, size in waves:
                total = total + np.float32(size) * np.sin(
                    np.float32(k[0]) * x + np.float32(k[1]) * y + np.float32(k[2]) * z + np.float32(phase)
                )
            moved.append(np.ascontiguousarray(total))
        return moved


# --- the patient ----------------------------------------------------------------------------------------------


class Patient:
    """Every size, position and Hounsfield unit of one phantom; `paint` puts them on a slab."""

    def __init__(self, seed, arms=None, table=None):
        rng = self.rng = np.random.default_rng([seed, 1])
        u = rng.uniform
        self.warp = Warp(rng)
        self.arms = rng.random() < 0.4 if arms is None else arms
        self.table = rng.random() < 0.6 if table is None else table
        # outline
        self.inner = np.array([u(120, 140), u(74, 88)])  # half axes inside the wall
        self.muscle, self.fat = u(9, 14), u(7, 32)
        self.power = u(2.1, 2.5)
        # diaphragm, from which the abdomen hangs
        self.dome_right, self.dome_left = u(25, 40), u(15, 32)
        self.recess = u(60, 100)
        # spine
        self.pitch = u(0.94, 1.08)
        self.spine = np.array([u(-3, 3), u(36, 44)])
        self.body = np.array([u(19, 24), u(14.5, 18)])
        self.lordosis = u(0.0, 10.0)
        # contrast phase
        phase = rng.random()
        arterial = u(0.3, 1) if phase > 0.7 else 0.0
        portal = u(0.3, 1) if phase > 0.3 else 0.0
        n = rng.normal
        self.tone = {
            "aorta": u(32, 48) + 130 * portal + 190 * arterial,
            "vein": u(30, 46) + 120 * portal + 20 * arterial,
            "liver": u(40, 66) + 55 * portal,
            "hepatic": u(36, 48) + 110 * portal,
            "spleen": u(38, 52) + 65 * portal + 30 * arterial,
            "cortex": u(26, 38) + 120 * portal + 90 * arterial,
            "medulla": u(24, 34) + 90 * portal + 20 * arterial,
            "muscle": u(40, 62),
            "fat": u(-112, -92),
            "wall": u(35, 50) + 30 * portal,
            "pancreas": u(25, 45) + 45 * portal,
            "cord": u(22, 40),
            "disc": u(60, 105),
            "marrow": u(110, 240),
            "cortical": u(260, 520),
            "rib": u(160, 420),
            "lung": u(-880, -780),
            "heart": u(35, 50) + 100 * portal + 80 * arterial,
            "gall": u(0, 20),
            "autochthon": u(25, 58),
            "cartilage": u(80, 150),
        }
        self.noise, self.texture = u(7, 20), u(3, 8)

        # organs: centre and radii with jitter
        def near(point, spread):
            return np.array(point, float) + rng.uniform(-1, 1, 3) * spread

        size = self.inner / (130, 80)
        stretch = np.array([size[0], size[1], 1.0])
        self.liver = near((-72, -8, -35), 7) * stretch, np.array([78, 82, 88]) * u(0.92, 1.08, 3)
        self.lobe = near((-2, -52, -8), 9) * stretch, np.array([u(50, 78), u(26, 38), u(26, 40)])
        self.edge = (
            u(0.65, 1.05),
            u(-62, -35),
            u(-0.25, 0.25),
        )  # slope, height at the midline, tilt of the lower surface
        self.spleen = near((104, 30, -28), 8) * stretch, np.array([u(30, 40), u(40, 56), u(42, 64)]), u(-0.5, 0.3)
        self.hilum = self.spleen[0] + (u(-52, -44), u(-26, -8), u(-10, 10))
        self.stomach = near((56, -22, -14), 8) * stretch, np.array([u(34, 48), u(38, 54), u(38, 54)])
        self.antrum = near((22, -50, -62), 8) * stretch, np.array([u(34, 50), u(16, 25), u(18, 28)])
        self.air_level = u(-60, -15)
        self.meal = u(0, 60) if rng.random() < 0.7 else u(80, 250)
        self.kidneys = []
        for side, point in ((-1, (-62, 36, -108)), (1, (62, 34, -92))):
            centre = near(point, 8) * stretch
            radii = np.array([u(22, 29), u(23, 30), u(45, 58)])
            self.kidneys.append((side, centre, radii, side * u(0.2, 0.7), -side * u(0.05, 0.25)))
        self.gall = near((-48, -48, -82), 10) * stretch, np.array([u(9, 17), u(9, 17), u(18, 30)])
        self.heart = near((22, -38, 72), 8) * stretch, np.array([u(48, 60), u(36, 46), u(42, 52)])
        self.aorta = u(8, 13), u(6, 13), u(14, 22)  # radius; left of the midline low down, and high up
        self.cava = u(8, 13), u(-24, -15)
        self.psoas = u(12, 19)
        self.back = u(21, 29), u(14, 20)
        self.vessels = self.hepatic_vessels(rng)
        self.bowel = self.bowel_loops(rng, stretch)
        self.pieces = n(0, 1, 8)
        # ribs 7 to 12: height at the spine, drop per radian, where the bone ends
        self.rib_drop = u(42, 62)
        self.rib_size = u(2.6, 3.6), u(4.8, 7.0)
        top = 74.0 * self.pitch
        self.ribs = [
            (top - 27.0 * self.pitch * i + u(-2, 2), end * u(0.93, 1.07))
            for i, end in enumerate((2.25, 2.2, 2.1, 2.0, 1.9, 1.45, 0.95))
        ]
        self.top = u(-200, 150)  # of the table

    @staticmethod
    def hepatic_vessels(rng):
        """Rods: three hepatic veins towards the cava, and the portal tree."""
        u = rng.uniform
        top = np.array([-20, 6, 18])
        rods = [
            (top, top + (u(-75, -55), u(-10, 30), u(-50, -25)), 4.0),
            (top, top + (u(-45, -25), u(-60, -40), u(-50, -30)), 4.0),
            (top, top + (u(-5, 15), u(-60, -45), u(-35, -15)), 3.5),
        ]
        gate = np.array([u(-32, -22), u(-14, -4), u(-50, -38)])
        right = gate + (u(-35, -25), u(-5, 15), u(2, 12))
        rods += [
            (np.array([8, 0, -78]), gate, 6.5),
            (gate, right, 5.5),
            (gate, gate + (u(15, 30), u(-40, -28), u(10, 25)), 4.5),
        ]
        for _ in range(4):
            rods.append((right, right + rng.uniform((-40, -40, -35), (0, 40, 35)), 3.2))
        return rods

    @staticmethod
    def bowel_loops(rng, stretch):
        """Rods with wall, content and gas: ascending, transverse and descending colon, then small bowel."""
        u = rng.uniform
        rods = []

        def tube(points, radius, gas):
            for a, b in zip(points, points[1:]):
                rods.append((np.array(a) * stretch, np.array(b) * stretch, radius, gas, u(5, 55)))

        low = u(-100, -80)
        tube([(-98, -5, -240), (-100, -12, -165), (-92, -28, low - 20)], u(17, 25), True)
        tube(
            [(-92, -28, low - 20), (-55, -56, low - 15), (0, -62, low - 25), (55, -56, low - 5), (98, -18, low + 25)],
            u(14, 21),
            True,
        )
        tube([(98, -18, low + 25), (110, 10, -110), (108, 8, -240)], u(12, 19), True)
        for _ in range(int(rng.integers(30, 46))):
            a = rng.uniform((-75, -58, -215), (80, 4, -92))
            rods.append(
                (
                    a * stretch,
                    (a + rng.normal(0, 1, 3) * (25, 12, 14)) * stretch,
                    u(8, 14),
                    rng.random() < 0.3,
                    u(5, 60),
                )
            )
        return rods

    # - surfaces everything else refers to

    def outline(self, x, y, z):
        """Radial distance to the inside of the body wall."""
        waist = 1 - 0.05 * np.clip((-z - 60) / 120, 0, 1)
        k = (
            (np.abs(x) / (self.inner[0] * waist)) ** self.power + (np.abs(y) / (self.inner[1] * waist)) ** self.power
        ) ** (1 / self.power)
        return np.sqrt(x * x + y * y) * (1 - 1 / np.maximum(k, 1e-3)), k

    def diaphragm(self, x, y, wall):
        """Height of the diaphragm: two domes that fall off steeply towards the wall, most at the back."""
        right = self.dome_right - 0.0035 * ((x + 65) ** 2 + (y + 5) ** 2)
        left = self.dome_left - 0.0035 * ((x - 66) ** 2 + (y + 2) ** 2)
        back = 0.35 + 0.65 / (1 + np.exp(-y / 18))
        return np.maximum(right, left) - self.recess * back * np.exp(np.minimum(wall, 0) / 13)

    # - painting

    def paint(self, slab):
        tone, paint = self.tone, slab.paint
        everything = slab.box()
        x, y, z = slab.at(everything)
        wall, k = self.outline(x, y, z)
        skin = self.muscle + self.fat
        if self.table:
            self.paint_table(slab, skin)
        if self.arms:
            self.paint_arms(slab, skin)
        paint(everything, wall - skin - 2, 15)
        paint(everything, wall - skin, tone["fat"])
        paint(everything, wall - self.muscle, tone["muscle"])
        paint(everything, wall, tone["fat"])
        dome = self.diaphragm(x, y, wall)
        self.paint_chest(slab, wall, dome)
        under = np.maximum(wall + 2.5, z - dome + 3.5)  # negative inside the abdomen
        self.paint_liver(slab, under)
        self.paint_spleen_and_stomach(slab, under)
        self.paint_bowel(slab, under)
        self.paint_kidneys(slab, under)
        self.paint_muscles(slab, wall)
        self.paint_vessels(slab)
        self.paint_spine(slab)
        self.paint_ribs(slab, wall)

    def paint_table(self, slab, skin):
        depth = self.inner[1] + skin + 8
        box = slab.box((-220, 220, depth - 60, depth + 40, -1e4, 1e4))
        if box:
            x, y, _ = slab.at(box)
            sag = y - depth + 0.0011 * x * x
            slab.paint(box, np.maximum(np.abs(sag) - 1.5, np.abs(x) - 205), self.top)
            slab.paint(box, np.maximum(np.abs(sag - 18) - 1.5, np.abs(x) - 205), self.top - 40)

    def paint_arms(self, slab, skin):
        for side in (-1, 1):
            centre = (side * (self.inner[0] + skin + 46 + 4 * self.pieces[0]), 18 + 6 * self.pieces[1])
            box = slab.box((centre[0] - 50, centre[0] + 50, centre[1] - 50, centre[1] + 50, -1e4, 1e4))
            if box:
                x, y, _ = slab.at(box)
                for radius, value in (
                    (38, self.tone["fat"]),
                    (31, self.tone["muscle"]),
                    (11, self.tone["cortical"] * 1.8),
                    (6.5, 40),
                ):
                    slab.paint(box, column(x, y, centre, (radius, radius)), value)

    def paint_chest(self, slab, wall, dome):
        box = slab.box((-200, 200, -150, 150, -110, 1e4))
        if not box:
            return
        x, y, z = slab.at(box)
        wall, dome = wall[box], dome[box]
        chest = np.maximum(wall + 1.5, dome - z)
        slab.paint(box, np.maximum(wall + 0.5, dome - z - 3.5), self.tone["muscle"])  # diaphragm
        vessels = 60 * np.maximum(0, np.sin(x / 7.0) * np.sin(y / 8.0) * np.sin(z / 9.0) - 0.55) * 8
        slab.paint(box, chest, self.tone["lung"] + vessels)
        mediastinum = column(x, y, (8, 14), (26, 42))
        slab.paint(box, np.maximum(chest, mediastinum), self.tone["fat"])
        heart = ellipsoid(x, y, z, *self.heart)
        slab.paint(box, np.maximum(chest, heart - 5), self.tone["fat"])
        slab.paint(box, np.maximum(chest, heart), self.tone["heart"])
        slab.paint(
            box, np.maximum(dome - z, capsule(x, y, z, (14, 0, 120), (22, -4, 0), 8)), self.tone["wall"]
        )  # oesophagus

    def paint_liver(self, slab, under):
        box = slab.box((-150, 90, -110, 100, -160, 60))
        if not box:
            return
        x, y, z = slab.at(box)
        slope, height, tilt = self.edge
        liver = union(ellipsoid(x, y, z, *self.liver), ellipsoid(x, y, z, *self.lobe), 22)
        lower = (height + slope * np.minimum(x, 30) + tilt * y - z) / math.sqrt(1 + slope * slope)
        fissure = capsule(x, y, z, (-18, -95, -75), (-12, -30, -25), 5.0)
        liver = np.maximum(np.maximum(liver, lower), -fissure)
        # the back of the left half belongs to stomach, spine and aorta
        room = 50 / (1 + np.exp((x + 42) / 6))
        behind = (y + 0.2 * x - 22 + 0.9 * np.maximum(x + 12, 0) - room) * 0.6
        liver = np.maximum(np.maximum(liver, behind), under[box])
        slab.paint(box, liver, self.tone["liver"], LIVER)
        for a, b, radius in self.vessels:
            part = slab.box(tuple(v for i in range(3) for v in (min(a[i], b[i]) - radius, max(a[i], b[i]) + radius)))
            if part:
                rod = capsule(*slab.at(part), a, b, radius)
                slab.paint(part, rod, self.tone["hepatic"], None)
        centre, radii = self.gall
        part = slab.box(tuple(v for c, r in zip(centre, radii) for v in (c - r, c + r)))
        if part:
            slab.paint(part, np.maximum(ellipsoid(*slab.at(part), centre, radii), under[part]), self.tone["gall"])

    def paint_spleen_and_stomach(self, slab, under):
        box = slab.box((-60, 180, -110, 120, -120, 60))
        if not box:
            return
        x, y, z = slab.at(box)
        inside = under[box]
        stomach = union(ellipsoid(x, y, z, *self.stomach, turn=0.3), ellipsoid(x, y, z, *self.antrum, turn=-0.25), 25)
        stomach = np.maximum(stomach, inside)
        spleen = ellipsoid(x, y, z, self.spleen[0], self.spleen[1], turn=self.spleen[2])
        hollow = ellipsoid(x, y, z, self.hilum, self.spleen[1] * (0.95, 0.95, 1.3))
        spleen = np.maximum(np.maximum(spleen, -hollow), inside)
        slab.paint(box, np.maximum(stomach - 3, inside), self.tone["fat"])
        slab.paint(box, stomach, self.tone["wall"])
        slab.paint(box, stomach + 4, self.meal)
        slab.paint(box, np.maximum(stomach + 4.5, y - self.air_level), -950)
        slab.paint(box, np.maximum(spleen - 3, inside), self.tone["fat"])
        slab.paint(box, spleen, self.tone["spleen"], SPLEEN)
        for a, b in (((-18, -8, -72), (12, -16, -60)), ((12, -16, -60), (48, 0, -48)), ((48, 0, -48), (80, 14, -42))):
            part = slab.box(tuple(v for i in range(3) for v in (min(a[i], b[i]) - 12, max(a[i], b[i]) + 12)))
            if part:
                x, y, z = slab.at(part)
                lobules = 1.5 * np.sin(x / 3) * np.sin(y / 3 + z / 4)
                slab.paint(part, np.maximum(capsule(x, y, z, a, b, 9) + lobules, under[part]), self.tone["pancreas"])
                slab.paint(part, capsule(x, y, z, np.add(a, (0, 8, 3)), np.add(b, (0, 8, 3)), 3.5), self.tone["vein"])

    def paint_bowel(self, slab, under):
        for a, b, radius, gas, content in self.bowel:
            bounds = tuple(v for i in range(3) for v in (min(a[i], b[i]) - radius, max(a[i], b[i]) + radius))
            box = slab.box(bounds)
            if not box:
                continue
            x, y, z = slab.at(box)
            rod = capsule(x, y, z, a, b, radius) + 0.8 * np.sin(x / 5 + z / 4)
            rod = np.maximum(rod, under[box])
            free = slab.labels[box] == 0
            rod = np.where(free, rod, 10)
            slab.paint(box, rod - 1.5, self.tone["fat"], None)
            slab.paint(box, rod, self.tone["wall"], None)
            slab.paint(box, rod + 3, content, None)
            if gas:
                slab.paint(box, np.maximum(rod + 3, y - (a[1] + b[1]) / 2 + 0.2 * radius), -900, None)

    def paint_kidneys(self, slab, under):
        for side, centre, radii, turn, lean in self.kidneys:
            reach = radii.max() + 12
            box = slab.box(tuple(v for c, r in zip(centre, (reach * 0.8, reach * 0.8, reach)) for v in (c - r, c + r)))
            if not box:
                continue
            x, y, z = slab.at(box)
            kidney = ellipsoid(x, y, z, centre, radii, turn, lean)
            notch = ellipsoid(x, y, z, centre - (side * radii[0] * 0.62, 3, 0), radii * (0.62, 0.36, 0.42), turn, lean)
            slab.paint(box, np.maximum(kidney - 7, under[box]), self.tone["fat"])
            kidney = np.maximum(kidney, -notch)
            slab.paint(box, kidney, self.tone["cortex"], KIDNEYS)
            slab.paint(box, np.maximum(kidney + 7, -notch + 2), self.tone["medulla"], None)

    def paint_muscles(self, slab, wall):
        tone = self.tone
        for side in (-1, 1):
            box = slab.box((side * 45 - 50, side * 45 + 50, 0, 130, -1e4, 1e4))
            if not box:
                continue
            x, y, z = slab.at(box)
            down = np.clip((-z - 75) / 90, 0.01, 1)
            psoas = column(
                x,
                y,
                (side * (27 + 12 * down), self.spine[1] + 4),
                (self.psoas * down**0.5, 1.25 * self.psoas * down**0.5),
            )
            slab.paint(box, np.maximum(psoas, z + 75), tone["muscle"])
            lumborum = column(x, y, (side * 62, self.inner[1] - 16), (17, 8))
            slab.paint(box, np.maximum(lumborum, z + 70), tone["muscle"])
            spread = 1 - 0.12 * np.clip((z + 60) / 60, -1, 1)
            back = column(
                x, y, (side * (self.back[0] + 4), self.spine[1] + 39), (self.back[0] * spread, self.back[1] * spread)
            )
            back = np.maximum(back, wall[box] - self.muscle - min(self.fat, 10) + 1)
            slab.paint(box, back - 2, tone["fat"], None)
            streaks = -70 * np.maximum(0, np.sin(x / 3.7 + side) * np.sin(y / 4.3) - 0.75) * 3
            slab.paint(box, back, tone["autochthon"] + streaks, AUTOCHTHON)

    def paint_vessels(self, slab):
        box = slab.box((-45, 45, -40, 60, -1e4, 1e4))
        if not box:
            return
        x, y, z = slab.at(box)
        front = self.spine[1] - self.body[1]
        high = np.clip((z + 60) / 100, 0, 1)
        radius, left_low, left_high = self.aorta
        cava = column(x, y, (self.cava[1] - 2 * high, front - 8 - 12 * high), (self.cava[0] * 1.1, self.cava[0] * 0.85))
        cava = np.maximum(cava, z - self.dome_right - 8)
        slab.paint(box, cava, self.tone["vein"])
        aorta = column(
            x, y, (left_low + (left_high - left_low) * high, front - radius - 2 + 12 * high), (radius, radius)
        )
        slab.paint(box, aorta - 1.2, self.tone["muscle"] * 0.5)
        slab.paint(box, aorta, self.tone["aorta"], AORTA)
        for height, end in (
            (-62, (24, front - 45, -95)),
            (-74, (14, front - 40, -150)),
        ):  # coeliac trunk, superior mesenteric
            part = slab.box((0, 30, -60, 30, end[2] - 4, height + 6))
            if part:
                slab.paint(
                    part,
                    capsule(*slab.at(part), (left_low, front - radius, height), end, 3.2),
                    self.tone["aorta"],
                    None,
                )

    def vertebra_heights(self):
        """Centre and body height from T8 (high) to L5."""
        height, result = 66.0, []
        for level in range(12):
            body = 18.5 + 0.95 * level
            result.append((height * self.pitch, body * self.pitch, level))
            height -= body + 4.2 + 0.45 * level
        return result

    def paint_spine(self, slab):
        cx, cy = self.spine
        for height, tall, level in self.vertebra_heights():
            box = slab.box((cx - 55, cx + 55, cy - 35, cy + 75, height - tall - 20, height + tall + 10))
            if not box:
                continue
            tone = self.tone
            x, y, z = slab.at(box)
            x = x - cx
            y = y - cy + self.lordosis * np.clip((-z - 40) / 120, 0, 1) ** 2
            z = z - height
            grow = 1 + 0.022 * (level - 4)
            width, depth = self.body * grow
            waist = 1 - 0.10 * (1 - np.minimum(1, (z / (tall / 2)) ** 2))
            body = column(x, y, (0, 0), (width * waist, depth * waist))
            pitch = tall + 4.6 + 0.45 * level
            disc = np.maximum(body + 1, np.abs(z + pitch / 2) - (pitch - tall) / 2 - 1)
            slab.paint(box, disc, tone["disc"])
            body = np.maximum(body, np.abs(z) - tall / 2)
            canal = column(x, y, (0, depth + 8.5), (11.5, 8.0))
            ring = np.maximum(np.abs(canal - 3.0) - 3.6, np.abs(z + 0.15 * tall) - 0.36 * tall)
            ring = np.maximum(ring, depth * 0.6 - y)
            bones = np.minimum(body, ring)
            back = depth + 18
            bones = np.minimum(
                bones, capsule(x, y, z, (0, back, -2), (0, back + 22, -0.45 * tall - (6 if level < 4 else 0)), 4.0)
            )
            for side in (-1, 1):
                a = (side * 12, depth + 5, 0)
                b = (side * (31 if level > 3 else 27), depth + (11 if level > 4 else 20), -1)
                bones = np.minimum(bones, capsule(x, y, z, a, b, 4.2))
                facet = ellipsoid(x, y, z, (side * 16, depth + 13, -0.55 * tall), (6.5, 6.5, 11))
                bones = np.minimum(bones, facet)
            bones = np.maximum(bones, -canal)
            slab.paint(box, bones, tone["cortical"], VERTEBRAE)
            slab.paint(box, bones + 2.6, tone["marrow"], None)
            canal = np.maximum(canal, np.abs(z) - pitch / 2 - 1)
            slab.paint(box, canal, -20)
            slab.paint(box, canal + 2, tone["cord"] * 0.5)
            slab.paint(box, canal + 4.2, tone["cord"])

    def paint_ribs(self, slab, wall):
        """Arcs along the wall that descend towards the front; each ends in cartilage or freely."""
        lowest = min(h for h, _ in self.ribs) - 2.6 * self.rib_drop
        box = slab.box((-200, 200, -150, 150, lowest, 110))
        if not box:
            return
        x, y, z = slab.at(box)
        depth = wall[box] - 0.5 * self.muscle + 0.5
        band = np.abs(depth) < 30
        index = np.nonzero(band)
        x, y, z, depth = x[index], y[index], z[index], depth[index]
        angle = np.arctan2(np.abs(x), y)  # 0 at the back
        depth = depth + 12 * np.clip(1 - (angle - 0.40) / 0.35, 0, 1)
        thin, tall = self.rib_size
        hu, labels = slab.hu[box][index], slab.labels[box][index]
        for number, (height, end) in enumerate(self.ribs):
            run = np.minimum(angle, end)
            path = height - self.rib_drop * np.maximum(run - 0.35, 0) ** 1.15 - 4 * np.maximum(run - 0.35, 0)
            past = np.clip(angle - end, 0, None)
            path = path + (45 * past if number < 4 else 0)
            q = np.sqrt((depth / thin) ** 2 + ((z - path) * 0.85 / tall) ** 2)
            rod = (q - 1) * thin
            rod = np.where(angle < 0.40, 10, rod)
            weight = np.clip(0.5 - rod / slab.edge, 0, 1)
            bone = angle <= end
            marrow = np.clip(0.5 - (rod + 1.8) / slab.edge, 0, 1) * 0.6
            value = np.where(bone, self.tone["rib"] * 1.25 * (1 - marrow) + 90 * marrow, self.tone["cartilage"])
            weight = np.where(bone | ((past < 0.55) & (number < 4)), weight, 0)
            free = labels != VERTEBRAE
            hu += np.where(free, weight, 0) * (value - hu)
            labels[(rod < 0) & bone & free] = RIBS
        slab.hu[box][index], slab.labels[box][index] = hu, labels


# --- the scan -------------------------------------------------------------------------------------------------


def smooth(field):
    """A [1 2 1] filter along the last two axes."""
    padded = np.pad(field, ((1, 1), (0, 0)), mode="edge")
    field = 0.25 * padded[:-2] + 0.5 * padded[1:-1] + 0.25 * padded[2:]
    padded = np.pad(field, ((0, 0), (1, 1)), mode="edge")
    return 0.25 * padded[:, :-2] + 0.5 * padded[:, 1:-1] + 0.25 * padded[:, 2:]


def grain(rng, shape, passes):
    """Noise of unit variance, correlated over a few pixels."""
    field = rng.standard_normal(shape, dtype=np.float32)
    for _ in range(passes):
        field = smooth(field)
    return field / field.std()


def grid(size, spacing, slices, slice_spacing, top=52.0):
    """Coordinates of pixel centres: x and y about the middle of the body, z rising up to `top`."""
    x = (np.arange(size[0]) - (size[0] - 1) / 2) * spacing
    y = (np.arange(size[1]) - (size[1] - 1) / 2) * spacing + 8
    z = top - (np.arange(slices)[::-1]) * slice_spacing
    return x, y, z


def slabs(patient, seed, x, y, z):
    """(first slice, Hounsfield units [n, Y, X] int16, labels uint8) for a few slices at a time, feet first."""
    spacing, slice_spacing = x[1] - x[0], z[1] - z[0] if len(z) > 1 else 1.0
    edge = 1.2 + 0.6 * spacing + 0.3 * min(slice_spacing, 3 * spacing)
    step = max(1, VOXELS_PER_SLAB // (len(x) * len(y)))
    for first in range(0, len(z), step):
        slab = Slab(x, y, z[first : first + step], patient.warp, edge)
        patient.paint(slab)
        for k, plane in enumerate(slab.hu):
            rng = np.random.default_rng([seed, 2, first + k])
            tissue = plane > -400
            plane += patient.noise * grain(rng, plane.shape, 1) * np.where(tissue, 1.0, 0.6)
            plane += patient.texture * grain(rng, plane.shape, 4) * tissue
        yield first, np.clip(np.rint(slab.hu), -1024, 3071).astype(np.int16), slab.labels


def training_phantom(seed, spacing=3.0, slices=64):
    """(HU float32, labels uint8, affine) with axes [X, Y, Z] in RAS order, for training a network.

    The field of view, the arms and the table vary with the seed too.
    """
    rng = np.random.default_rng([seed, 3])
    patient = Patient(seed)
    wide = 168 if patient.arms else int(rng.integers(122, 150))
    x, y, z = grid((wide, int(rng.integers(92, 120))), spacing, slices, spacing, top=rng.uniform(15, 60))
    image = np.empty((slices, len(y), len(x)), np.float32)
    labels = np.empty(image.shape, np.uint8)
    for first, hu, part in slabs(patient, seed, x, y, z):
        image[first : first + len(hu)], labels[first : first + len(hu)] = hu, part
    affine = np.diag([spacing, spacing, spacing, 1.0])
    affine[:3, 3] = -x[-1], -y[-1], z[0]
    return image[:, ::-1, ::-1].transpose(2, 1, 0), labels[:, ::-1, ::-1].transpose(2, 1, 0), affine


# --- files ----------------------------------------------------------------------------------------------------


def uid(*parts):
    """A UUID-derived UID (2.25...) that depends on nothing but its arguments."""
    digest = hashlib.sha256("voxplain phantom/".encode() + "/".join(map(str, parts)).encode()).digest()
    return "2.25." + str(int.from_bytes(digest[:16], "big"))


def dicom_slice(hu, number, position, spacing, slice_spacing, identity):
    """One CT Image Storage object of Hounsfield units [Y, X]."""
    from pydicom.dataset import FileDataset, FileMetaDataset
    from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian

    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = CTImageStorage
    meta.MediaStorageSOPInstanceUID = uid("instance", identity, number)
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.ImplementationClassUID = uid("implementation")
    meta.ImplementationVersionName = "VOXPLAIN PHANTOM"
    ds = FileDataset(None, {}, file_meta=meta, preamble=b"\0" * 128)
    # SOP common, patient, study
    ds.SOPClassUID, ds.SOPInstanceUID = CTImageStorage, meta.MediaStorageSOPInstanceUID
    ds.SpecificCharacterSet = "ISO_IR 100"
    ds.InstanceCreationDate, ds.InstanceCreationTime = "20200101", "120000"
    ds.PatientName, ds.PatientID, ds.PatientBirthDate, ds.PatientSex = "PHANTOM^ABDOMEN", "VOXPLAIN-PHANTOM", "", "O"
    ds.StudyInstanceUID, ds.StudyID, ds.AccessionNumber = uid("study", identity), "1", ""
    ds.StudyDate, ds.StudyTime, ds.ReferringPhysicianName = "20200101", "120000", ""
    ds.StudyDescription = "Synthetic abdomen"
    # series, frame of reference, equipment
    ds.Modality, ds.SeriesInstanceUID, ds.SeriesNumber = "CT", uid("series", identity), 1
    ds.SeriesDate, ds.SeriesTime, ds.SeriesDescription = "20200101", "120000", "Phantom, no patient"
    ds.BodyPartExamined, ds.PatientPosition = "ABDOMEN", "HFS"
    ds.FrameOfReferenceUID, ds.PositionReferenceIndicator = uid("frame", identity), ""
    ds.Manufacturer, ds.ManufacturerModelName, ds.SoftwareVersions = "Voxplain", "Phantom generator", "1"
    # image
    ds.ImageType = ["DERIVED", "PRIMARY", "AXIAL"]
    ds.AcquisitionNumber, ds.InstanceNumber = 1, number
    ds.AcquisitionDate, ds.AcquisitionTime = "20200101", "120000"
    ds.ContentDate, ds.ContentTime = "20200101", "120000"
    ds.PatientOrientation = ["L", "P"]
    ds.ImagePositionPatient = [decimal(v) for v in position]
    ds.ImageOrientationPatient = ["1", "0", "0", "0", "1", "0"]
    ds.SliceLocation = decimal(position[2])
    ds.PixelSpacing = [decimal(spacing)] * 2
    ds.SliceThickness = ds.SpacingBetweenSlices = decimal(slice_spacing)
    ds.BurnedInAnnotation, ds.LossyImageCompression = "NO", "00"
    ds.KVP, ds.ConvolutionKernel = "120", "NONE"
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    ds.Rows, ds.Columns = hu.shape
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 12, 11, 0
    ds.RescaleSlope, ds.RescaleIntercept, ds.RescaleType = "1", "-1024", "HU"
    ds.WindowCenter, ds.WindowWidth = "40", "400"
    ds.PixelData = (hu.astype(np.int32) + 1024).astype("<u2").tobytes()
    ds["PixelData"].VR = "OW"
    return ds


def decimal(value):
    """A DICOM decimal string of at most 16 characters."""
    return f"{value:.6f}".rstrip("0").rstrip(".")


def nifti_header(shape, spacing, origin):
    """A NIfTI-1 header for uint8 labels stored as the DICOM series is: columns to the left, rows to the back."""
    header = bytearray(352)
    sx, sy, sz = spacing
    struct.pack_into("<i", header, 0, 348)
    struct.pack_into("<8h", header, 40, 3, *shape, 1, 1, 1, 1)
    struct.pack_into("<hh", header, 70, 2, 8)  # uint8
    struct.pack_into("<8f", header, 76, 1, sx, sy, sz, 0, 0, 0, 0)
    struct.pack_into("<fff", header, 108, 352, 1, 0)  # offset, slope, intercept
    header[123] = 2  # millimetres
    header[148 : 148 + 24] = b"abdominal phantom labels"
    struct.pack_into("<hh", header, 252, 1, 1)
    struct.pack_into("<6f", header, 256, 0, 0, 1, -origin[0], -origin[1], origin[2])  # half a turn about z
    struct.pack_into("<4f", header, 280, -sx, 0, 0, -origin[0])
    struct.pack_into("<4f", header, 296, 0, -sy, 0, -origin[1])
    struct.pack_into("<4f", header, 312, 0, 0, sz, origin[2])
    header[344:348] = b"n+1\0"
    return bytes(header)


def write(out, seed, size, spacing, slices, slice_spacing, arms=False, table=True):
    """The series OUT/ct/NNNN.dcm and the truth OUT/labels.nii.gz."""
    out = pathlib.Path(out)
    folder = out / "ct"
    folder.mkdir(parents=True, exist_ok=True)
    x, y, z = grid((size, size), spacing, slices, slice_spacing)
    identity = f"{seed}/{size}/{spacing}/{slices}/{slice_spacing}"
    patient = Patient(seed, arms=arms, table=table)
    with open(out / "labels.nii.gz", "wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=0) as truth:
        truth.write(nifti_header((size, size, slices), (spacing, spacing, slice_spacing), (x[0], y[0], z[0])))
        for first, hu, labels in slabs(patient, seed, x, y, z):
            truth.write(labels.tobytes())
            for k, plane in enumerate(hu):
                number = first + k + 1
                ds = dicom_slice(plane, number, (x[0], y[0], z[first + k]), spacing, slice_spacing, identity)
                ds.save_as(folder / f"{number:04d}.dcm", enforce_file_format=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", default=".", help="folder for ct/ and labels.nii.gz (default: here)")
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--size", type=int, default=128, help="rows and columns")
    parser.add_argument("--spacing", type=float, default=3.0, help="mm between pixels")
    parser.add_argument("--slices", type=int, default=64)
    parser.add_argument("--slice-spacing", type=float, default=3.5, help="mm between slices")
    parser.add_argument("--arms", action="store_true", help="arms beside the body (wants a wide field of view)")
    parser.add_argument("--no-table", action="store_true")
    args = parser.parse_args()
    write(args.out, args.seed, args.size, args.spacing, args.slices, args.slice_spacing, args.arms, not args.no_table)


if __name__ == "__main__":
    main()
