#!/usr/bin/env python3
"""Exports small seeded networks to ONNX in every way that users do, with PyTorch's own values beside them.

Setup: python3 -m venv venv && venv/bin/pip install -r requirements.txt
Use:   venv/bin/python export.py OUT [NAME ...]      every network, or those whose name contains one of NAME
       venv/bin/python export.py --search N [NAME ...]     which of N seeds of the image is the best for each

OUT/NAME.onnx         the network; weights of the dynamo exporter in NAME.onnx.data
OUT/NAME/image.npy    [C, X, Y, Z] float32
OUT/NAME/logits.npy   [K, X, Y, Z] float64
OUT/NAME/vg_<c>.npy   [C, X, Y, Z] float64: gradient of the sum of class c's logits over the voxels it is the largest of
OUT/NAME/classes.csv  class, how far PyTorch's own float32 gradient is from the float64 one, relative to the maximum

A gradient jumps where a pre-activation crosses the kink of a ReLU, or where two candidates of a maximum are equal, so
that no float32 engine comes closer to float64 than rounding lets it. The seed of each image is therefore the one of many
that keeps farthest from all kinks. NAME-smooth has every ReLU, LeakyReLU and PReLU replaced by ELU.
"""
import csv
import logging
import os
import sys
import warnings

import numpy as np
import onnx
import torch
from monai.networks import nets

warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)
KINKED = (torch.nn.ReLU, torch.nn.LeakyReLU, torch.nn.PReLU)


class MeshNet(torch.nn.Sequential):
    """Dilated convolutions over the whole volume, each normalized in one group, as brainchop's newer networks."""

    def __init__(self, channels=5, classes=4):
        layers, width = [], 1
        for dilation in (1, 2, 4, 2, 1):
            layers += [
                torch.nn.Conv3d(width, channels, 3, padding=dilation, dilation=dilation, bias=False),
                torch.nn.GroupNorm(channels, channels), torch.nn.GELU(),
            ]
            width = channels
        super().__init__(*layers, torch.nn.Conv3d(width, classes, 1))


class TwoOutputs(torch.nn.Module):
    """A network that gives its logits second, after their softmax."""

    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, x):
        z = self.net(x)
        return torch.softmax(z, 1), z


def unet(norm="INSTANCE", channels=1):
    return nets.UNet(3, channels, 4, (8, 16, 32), (2, 2), num_res_units=2, norm=norm)


def dynunet():
    return nets.DynUNet(
        3, 1, 4, [3] * 3, [1, 2, 2], [2, 2], filters=[8, 16, 16], norm_name=("INSTANCE", {"affine": True}))


def swinunetr(v2):
    return nets.SwinUNETR(
        in_channels=1, out_channels=4, depths=(2, 1, 1, 1), num_heads=(1, 2, 4, 8), feature_size=12, use_v2=v2)


def nnunet(residual):
    from dynamic_network_architectures.architectures import unet as architectures

    common = dict(
        input_channels=1, n_stages=3, features_per_stage=(8, 16, 32), conv_op=torch.nn.Conv3d, kernel_sizes=3,
        strides=(1, 2, 2), num_classes=4, n_conv_per_stage_decoder=1, conv_bias=True, norm_op=torch.nn.InstanceNorm3d,
        norm_op_kwargs={"eps": 1e-5, "affine": True}, nonlin=torch.nn.LeakyReLU, nonlin_kwargs={"inplace": True})
    if residual:
        return architectures.ResidualEncoderUNet(n_blocks_per_stage=(1, 2, 2), **common)
    return architectures.PlainConvUNet(n_conv_per_stage=2, **common)


CUBE = (32, 32, 32)
# The fewest voxels that leave SwinUNETR's instance normalizations more than one value.
BLOCK = (64, 32, 32)

# Network, extents of the image, channels, seed of the image (--search finds one).
NETWORKS = {
    "unet-instance": (unet, CUBE, 1, 183),
    "unet-batch": (lambda: unet("BATCH"), CUBE, 1, 96),
    "unet-two-channels": (lambda: unet(channels=2), CUBE, 2, 97),
    "unet-two-outputs": (lambda: TwoOutputs(unet()), CUBE, 1, 183),
    "basicunet": (lambda: nets.BasicUNet(3, 1, 4, (8, 8, 16, 16, 16, 8)), CUBE, 1, 49),
    "attentionunet": (lambda: nets.AttentionUnet(3, 1, 4, (8, 16, 32), (2, 2)), CUBE, 1, 68),
    "vnet": (lambda: nets.VNet(3, 1, 4, act=("elu", {"inplace": True})), CUBE, 1, 7),
    "segresnet": (lambda: nets.SegResNet(3, init_filters=8, in_channels=1, out_channels=4, blocks_down=(1, 2, 2),
                                         blocks_up=(1, 1)), CUBE, 1, 109),
    "dynunet": (dynunet, CUBE, 1, 67),
    "unetr": (lambda: nets.UNETR(1, 4, (32, 32, 32), feature_size=8, hidden_size=48, mlp_dim=96, num_heads=4),
              CUBE, 1, 93),
    "swinunetr-v1": (lambda: swinunetr(False), BLOCK, 1, 93),
    "swinunetr-v2": (lambda: swinunetr(True), BLOCK, 1, 110),
    "nnunet-plain": (lambda: nnunet(False), CUBE, 1, 84),
    "nnunet-residual": (lambda: nnunet(True), CUBE, 1, 4),
    "meshnet-groupnorm": (MeshNet, CUBE, 1, 7),
}

# Seeds for weights stored in fewer bits, where those of NETWORKS come too close to a kink.
SEEDS = {"unet-instance-half": 125, "unet-instance-bfloat": 108}

# Exporter and operator set, spatial axes left open, type of the stored weights.
LEGACY, DYNAMO = "legacy", "dynamo"
WAYS = {
    "unet-instance": [(LEGACY, 17), (LEGACY, 11), (DYNAMO, 20), (LEGACY, 17, "open"), (LEGACY, 17, "half"),
                      (LEGACY, 17, "bfloat"), (LEGACY, 17, "double")],
    "unet-batch": [(LEGACY, 17), (LEGACY, 13), (DYNAMO, 20)],
    "unet-two-channels": [(LEGACY, 17)],
    "unet-two-outputs": [(LEGACY, 17)],
    "basicunet": [(LEGACY, 17), (LEGACY, 11), (LEGACY, 17, "open"), (DYNAMO, 20)],
    "attentionunet": [(LEGACY, 17), (DYNAMO, 20)],
    "vnet": [(LEGACY, 17), (LEGACY, 11), (DYNAMO, 20)],
    "segresnet": [(LEGACY, 17), (LEGACY, 11), (LEGACY, 17, "open"), (DYNAMO, 20)],
    "dynunet": [(LEGACY, 17), (LEGACY, 20), (LEGACY, 17, "open"), (DYNAMO, 20), (DYNAMO, 20, "open")],
    "unetr": [(LEGACY, 17), (LEGACY, 14), (DYNAMO, 20)],
    "swinunetr-v1": [(LEGACY, 17), (DYNAMO, 20)],
    # The file's constants are halved with the weights, PyTorch's are not: that moves its logits across kinks.
    "swinunetr-v2": [(LEGACY, 17), (LEGACY, 17, "half-smooth"), (DYNAMO, 20)],
    "nnunet-plain": [(LEGACY, 17), (LEGACY, 18, "open"), (DYNAMO, 20)],
    "nnunet-residual": [(LEGACY, 17), (DYNAMO, 20)],
    "meshnet-groupnorm": [(LEGACY, 17), (LEGACY, 17, "open"), (DYNAMO, 20), (DYNAMO, 18, "open")],
}
STORED = {"half": (torch.float16, onnx.TensorProto.FLOAT16), "bfloat": (torch.bfloat16, onnx.TensorProto.BFLOAT16),
          "double": (torch.float64, onnx.TensorProto.DOUBLE)}


def phantom(extents, channels, seed):
    """Smooth blobs plus texture in [0, 1]."""
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(1, channels, *[extent // 8 for extent in extents], generator=generator)
    x = torch.nn.functional.interpolate(x, size=extents, mode="trilinear", align_corners=False)
    x = x + 0.1 * torch.randn(1, channels, *extents, generator=generator)
    return (x - x.min()) / (x.max() - x.min())


def seeded(make):
    """The network with seeded weights, its normalizations' statistics and scales away from 0 and 1."""
    torch.manual_seed(1234)
    net = make().eval()
    for name, module in net.named_modules():
        if isinstance(module, torch.nn.modules.batchnorm._NormBase) and module.running_mean is not None:
            module.running_mean.uniform_(-0.2, 0.2)
            module.running_var.uniform_(0.5, 1.5)
    for parameter in net.parameters():
        parameter.requires_grad_(False)
        if parameter.dim() == 1:
            parameter.add_(0.1 * torch.randn(parameter.shape))
    return net


def store_weights(net, kind):
    """Rounds the weights to what a file of another type holds."""
    if kind in STORED:
        for parameter in [*net.parameters(), *net.buffers()]:
            if parameter.is_floating_point():
                parameter.copy_(parameter.to(STORED[kind][0]).to(torch.float32))
    return net


def smooth(module):
    for name, child in module.named_children():
        if isinstance(child, KINKED):
            setattr(module, name, torch.nn.ELU())
        else:
            smooth(child)
    return module


def logits_of(net, x):
    z = net(x)
    return z[-1] if isinstance(z, (list, tuple)) else z


def distance_from_kinks(net, x):
    """The smallest distance of a pre-activation from its kink, or of a maximum from its rival, in deviations."""
    found = []

    def kink(module, inputs):
        found.append(inputs[0].abs().min() / inputs[0].std())

    def maximum(module, inputs):
        candidates = inputs[0].unfold(2, 2, 2).unfold(3, 2, 2).unfold(4, 2, 2).flatten(-3)
        first, second = candidates.topk(2).values.unbind(-1)
        found.append((first - second).min() / inputs[0].std())

    hooks = [module.register_forward_pre_hook(kink if isinstance(module, KINKED) else maximum)
             for module in net.modules() if isinstance(module, (*KINKED, torch.nn.MaxPool3d))]
    with torch.no_grad():
        net.double()(x.double())
    net.float()
    for hook in hooks:
        hook.remove()
    return min(map(float, found), default=1.0)


def references(net, x, folder):
    """PyTorch's values in double precision, and how far its single precision is from them."""
    values = {}
    for kind in (torch.float32, torch.float64):
        net = net.to(kind)
        image = x.clone().to(kind).requires_grad_(True)
        z = logits_of(net, image)[0]
        if kind == torch.float32:
            labels = z.argmax(0)
        classes = [c for c in range(z.shape[0]) if (labels == c).any()][:2]
        values[kind] = {
            c: torch.autograd.grad((z[c] * (labels == c)).sum(), image, retain_graph=True)[0][0].numpy()
            for c in classes
        }
    os.makedirs(folder, exist_ok=True)
    np.save(os.path.join(folder, "image.npy"), x[0].numpy())
    np.save(os.path.join(folder, "logits.npy"), z.detach().numpy())
    np.save(os.path.join(folder, "labels.npy"), labels.numpy().astype("u1"))
    with open(os.path.join(folder, "classes.csv"), "w", newline="") as file:
        for c, exact in values[torch.float64].items():
            np.save(os.path.join(folder, f"vg_{c}.npy"), exact)
            gap = np.abs(values[torch.float32][c] - exact).max() / np.abs(exact).max()
            csv.writer(file, lineterminator="\n").writerow((c, f"{gap:.3g}"))
    net.to(torch.float32)


def export(net, x, path, exporter, opset, is_open):
    outputs = ["probabilities", "logits"] if isinstance(net, TwoOutputs) else ["logits"]
    names = {2: "x", 3: "y", 4: "z"}
    if exporter == LEGACY:
        axes = {name: names for name in ["image", *outputs]} if is_open else None
        torch.onnx.export(
            net, (x,), path, opset_version=opset, dynamo=False, input_names=["image"], output_names=outputs,
            dynamic_axes=axes)
    else:
        axes = ({axis: torch.export.Dim.AUTO for axis in names},) if is_open else None
        torch.onnx.export(
            net, (x,), path, opset_version=opset, dynamo=True, input_names=["image"], output_names=outputs,
            dynamic_shapes=axes, external_data=True, verbose=False)


def store_as(path, kind):
    """Rewrites the weights, and every other float of the file, as floats of another type."""
    model = onnx.load(path)
    torch_type, onnx_type = STORED[kind]

    def rewritten(tensor):
        if tensor.data_type != onnx.TensorProto.FLOAT:
            return
        values = torch.from_numpy(onnx.numpy_helper.to_array(tensor).copy()).to(torch_type)
        raw = values.reshape(-1).view(torch.uint8).numpy().tobytes()
        tensor.ClearField("float_data")
        tensor.raw_data, tensor.data_type = raw, onnx_type

    for tensor in model.graph.initializer:
        rewritten(tensor)
    for node in model.graph.node:
        for attribute in node.attribute:
            if attribute.type == onnx.AttributeProto.TENSOR:
                rewritten(attribute.t)
            if node.op_type == "Cast" and attribute.name == "to" and attribute.i == onnx.TensorProto.FLOAT:
                attribute.i = onnx_type
    for value in [*model.graph.input, *model.graph.output]:
        value.type.tensor_type.elem_type = onnx_type
    onnx.save(model, path)


def search(count, chosen):
    """Prints the best seed of the image of every network."""
    for network, (make, extents, channels, _) in NETWORKS.items():
        if chosen and not any(part in network for part in chosen):
            continue
        if not any(isinstance(module, KINKED) for module in seeded(make).modules()):
            continue
        for kind in ["", *(way[2] for way in WAYS[network] if way[2:] and way[2] in STORED)]:
            net = store_weights(seeded(make), kind)
            distances = {seed: distance_from_kinks(net, phantom(extents, channels, seed)) for seed in range(count)}
            best = max(distances, key=distances.get)
            name = "-".join(filter(None, [network, kind]))
            print(f"{name}: seed {best}, {distances[best]:.2g} deviations from the nearest kink", flush=True)


def main():
    if sys.argv[1] == "--search":
        return search(int(sys.argv[2]), sys.argv[3:])
    out, chosen = sys.argv[1], sys.argv[2:]
    os.makedirs(out, exist_ok=True)
    failed = []
    for network, (make, extents, channels, seed) in NETWORKS.items():
        ways = [(*way, "")[:3] for way in WAYS[network]] + [(LEGACY, 17, "smooth")]
        for exporter, opset, variant in ways:
            name = "-".join(filter(None, [network, exporter, str(opset), variant]))
            if chosen and not any(part in name for part in chosen):
                continue
            try:
                net = seeded(make)
                kind = variant.removesuffix("-smooth")
                if variant.endswith("smooth"):
                    if not any(isinstance(module, KINKED) for module in net.modules()):
                        continue
                    net = smooth(net)
                x = phantom(extents, channels, SEEDS.get(f"{network}-{variant}", seed))
                store_weights(net, kind)
                path = os.path.join(out, name + ".onnx")
                export(net, x, path, exporter, opset, variant == "open")
                if kind in STORED:
                    store_as(path, kind)
                references(net, x, os.path.join(out, name))
                print(name, os.path.getsize(path) // 1024, "kB", flush=True)
            except Exception as error:
                failed.append(name)
                print(name, "is not exported:", str(error).splitlines()[0] if str(error) else repr(error), flush=True)
    sys.exit(f"{len(failed)} not exported: {' '.join(failed)}" if failed else 0)


if __name__ == "__main__":
    main()
