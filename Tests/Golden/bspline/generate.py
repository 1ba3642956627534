"""Writes the cubic B-spline's golden values: SciPy's, in float64.

Each file is one volume: its dimensions, its voxels (first axis fastest), then one line `i,j,k,value` per position.
"""

from pathlib import Path

import numpy as np
from scipy.ndimage import map_coordinates

FOLDER = Path(__file__).parent
SHAPES = [(6, 5, 4), (2, 3, 31), (40, 1, 2)]

rng = np.random.default_rng(20170311)
for number, shape in enumerate(SHAPES):
    volume = rng.integers(-1000, 1000, shape).astype(np.float64)
    positions = rng.uniform(0, np.array(shape) - 1, (24, 3)).round(6)
    positions[0] = np.array(shape) - 1
    values = map_coordinates(volume, positions.T, order=3, mode="mirror", prefilter=True)
    lines = [",".join(map(str, shape)), ",".join(f"{v:.0f}" for v in volume.ravel(order="F"))]
    lines += [",".join(f"{x:.6f}" for x in p) + f",{v:.6f}" for p, v in zip(positions, values)]
    (FOLDER / f"spline_{number}.csv").write_text("\n".join(lines) + "\n")
