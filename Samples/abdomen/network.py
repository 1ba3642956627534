"""The network: MONAI's residual U-Net, with full resolution in its first level."""

from monai.networks.nets import UNet

import cases

CHANNELS = (8, 24, 40, 56, 56)
STRIDES = (1, 2, 2, 2)  # sizes must be divisible by 8


def network():
    return UNet(3, 1, len(cases.CLASSES), CHANNELS, STRIDES, num_res_units=2)
