#!/usr/bin/env python3
"""Times explain against PyTorch, in one run on this machine.

    swift build -c release
    python3 -m venv venv && venv/bin/pip install torch monai onnx onnxruntime einops
    venv/bin/python Tests/bench/engine.py [--work DIR] [NAME ...]

Full-size networks of MONAI with seeded weights see a volume of four windows; one class is explained. Of explain the whole
process is timed, of PyTorch (eager, the same threads) what happens between the volume in memory and the gradient in
memory: `sliding_window_inference` through one graph where the machine's memory allows, else window by window, the
labels first. Peak memory is that of each whole process; explain also runs within a third of PyTorch's, and in bf16 where
the processor has it. ONNX Runtime and explain's engine also run one window forward. A further class is what each of
three more classes adds to a window's way back, the first one's taken from the run for one class; it is to be held against
the way forward in the run for four. Of every kernel the mean of all runs counts, first touches of memory included, for
there are more runs back than forward, and of more runs the fastest is faster. As other processes of the host may slow one
run and not the next, both kinds of run take turns, --rounds times, and the medians count; every round's ratio is printed.
One JSON object is printed per network, then explain's table of layers. `brain` is MeshNet on a whole brain of 256^3
within 6 GB, of the shared data.
"""

import argparse
import json
import os
import pathlib
import resource
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
CLASSES = 17
OVERLAP = 0.25


def networks():
    """Name to constructor, window, and whether PyTorch keeps four windows in one graph within 24 GB."""
    from monai.networks import nets

    return {
        "unet": (lambda: nets.UNet(3, 1, CLASSES, (32, 64, 128, 256, 512), (2, 2, 2, 2), num_res_units=2), 96, True),
        "segresnet": (lambda: nets.SegResNet(3, init_filters=32, in_channels=1, out_channels=CLASSES), 96, True),
        "dynunet": (
            lambda: nets.DynUNet(
                3, 1, CLASSES, [3] * 6, [1, 2, 2, 2, 2, 2], [2] * 5, filters=[32, 64, 128, 256, 320, 320],
                norm_name=("INSTANCE", {"affine": True})), 128, False),
        "swinunetr": (
            lambda: nets.SwinUNETR(in_channels=1, out_channels=CLASSES, feature_size=48, use_v2=True), 96, False),
    }


def make(name):
    import torch

    constructor, window, one_graph = networks()[name]
    torch.manual_seed(1234)
    network = constructor().eval()
    for parameter in network.parameters():
        parameter.requires_grad_(False)
    return network, window, one_graph


def prepare(name, work, _):
    """Exports a network with its card, and a volume of four windows; in a process of its own, for a process's peak memory
    counts what its parent held when it started."""
    import numpy
    import torch

    network, window, _ = make(name)
    torch.onnx.export(
        network, (torch.zeros(1, 1, window, window, window),), work / f"{name}.onnx", opset_version=17, dynamo=False,
        input_names=["image"], output_names=["logits"])
    step = int(window * (1 - OVERLAP))
    shape = (window, window, window + 3 * step)
    generator = torch.Generator().manual_seed(7)
    noise = torch.randn(1, 1, *(extent // 8 for extent in shape), generator=generator)
    image = torch.nn.functional.interpolate(noise, size=shape, mode="trilinear")[0, 0]
    image = image + 0.1 * torch.randn(*shape, generator=generator)
    image = ((image - image.min()) / (image.max() - image.min())).numpy().astype("<f4")
    numpy.save(work / f"{name}.npy", image)
    (work / f"{name}.raw").write_bytes(image.transpose(2, 1, 0).tobytes())  # x fastest
    subprocess.run(
        [ROOT / ".build/release/ctx2nii", work / f"{name}.raw", "--raw-size", ",".join(map(str, shape)), "--raw-type",
         "float32", "--raw-spacing", "1,1,1", "--orient", "native", "--quiet", "-o", work / f"{name}.nii"], check=True)
    card = {
        "name": name, "orientation": "RAS", "spacing": [1, 1, 1], "intensity": [], "roi": [window] * 3,
        "overlap": OVERLAP, "blend": "constant", "padding": 0, "activation": "softmax",
        "labels": [{"value": value, "name": f"class {value}"} for value in range(CLASSES)],
    }
    (work / f"{name}.json").write_text(json.dumps(card))
    print(json.dumps(name))


def pytorch(name, work, threads):
    """Runs in a process of its own: seconds from volume to gradient, and which class was explained."""
    import numpy
    import torch
    from monai.inferers import sliding_window_inference

    torch.set_num_threads(threads)
    network, window, one_graph = make(name)
    image = torch.from_numpy(numpy.load(work / f"{name}.npy"))[None, None]
    with torch.no_grad():
        network(image[..., :window])  # allocators and code warm up
    start = time.perf_counter()
    if one_graph:
        volume = image.clone().requires_grad_(True)
        logits = sliding_window_inference(volume, (window,) * 3, 1, network, OVERLAP)
        labels = logits.argmax(1)[0]
        target = int(labels.flatten().bincount().argmax())
        (logits[0, target] * (labels == target)).sum().backward()
        gradient = volume.grad
    else:
        with torch.no_grad():
            labels = sliding_window_inference(image, (window,) * 3, 1, network, OVERLAP).argmax(1)[0]
        target = int(labels.flatten().bincount().argmax())
        gradient = torch.zeros_like(image)
        step = int(window * (1 - OVERLAP))
        starts = [step * index for index in range(4)]
        coverage = torch.zeros(image.shape[-1])
        for first in starts:
            coverage[first:first + window] += 1
        for first in starts:
            part = slice(first, first + window)
            patch = image[..., part].clone().requires_grad_(True)
            logits = network(patch)
            (logits[0, target] * (labels[..., part] == target) / coverage[part]).sum().backward()
            gradient[..., part] += patch.grad
            del logits
    seconds = time.perf_counter() - start
    numpy.save(work / f"{name}-gradient.npy", gradient[0, 0].numpy())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"seconds": seconds, "peak": peak, "target": target, "one_graph": one_graph}))


def onnxruntime(name, work, threads):
    """Seconds of one window forward, the least of three."""
    import numpy
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    session = ort.InferenceSession(str(work / f"{name}.onnx"), options, providers=["CPUExecutionProvider"])
    image = numpy.load(work / f"{name}.npy")
    window = image.shape[0]
    feed = {"image": numpy.ascontiguousarray(image[None, None, :, :, :window])}
    seconds = []
    for _ in range(3):
        start = time.perf_counter()
        session.run(None, feed)
        seconds.append(time.perf_counter() - start)
    print(json.dumps({"seconds": min(seconds)}))


def child(work, threads, *arguments):
    """What a process of this script prints."""
    command = [sys.executable, __file__, "--work", work, "--threads", str(threads), "--child", *arguments]
    output = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout
    return json.loads(output.splitlines()[-1])


def explain(name, work, threads, target, *more):
    """Seconds and peak bytes of the whole process; nothing where it is refused for its memory."""
    command = [
        ROOT / ".build/release/explain", work / f"{name}.nii", "--model", work / f"{name}.onnx", "--target", str(target),
        "--threads", str(threads), "--quiet", "--profile", work / f"{name}.tsv", "-o", work / f"{name}-explained.nii", *more]
    start = time.perf_counter()
    process = subprocess.Popen(command, env={k: v for k, v in os.environ.items() if k != "OMP_WAIT_POLICY"})
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    if more and os.waitstatus_to_exitcode(status) in (64, 69):
        return None, None
    if status != 0:
        sys.exit(f"{name}: explain failed")
    return seconds, usage.ru_maxrss * 1024


def gradient(name, work, count):
    """The last channel of what explain wrote."""
    import numpy

    return numpy.frombuffer((work / f"{name}-explained.nii").read_bytes()[-4 * count:], "<f4")


def difference(name, work):
    """The largest difference of the gradients, relative to the largest value of PyTorch's."""
    import numpy

    expected = numpy.load(work / f"{name}-gradient.npy")
    found = gradient(name, work, expected.size).reshape(expected.shape[::-1]).transpose(2, 1, 0)
    return float(numpy.abs(found - expected).max() / numpy.abs(expected).max())


def brain(work, threads):
    """The gradient of the hippocampus in a whole brain, and how many labels are not PyTorch's."""
    import numpy

    data = ROOT.parent / "shared/data"
    labels = json.loads((data / "models/meshnet/labels.json").read_text())
    (work / "brain.onnx").write_bytes((data / "models/meshnet.onnx").read_bytes())
    (work / "brain.json").write_text(json.dumps({
        "name": "meshnet", "orientation": "LIA", "spacing": [1, 1, 1],
        "intensity": [{"step": "quantiles", "low": 0.02, "high": 0.98}], "roi": [256] * 3, "overlap": 0,
        "blend": "constant", "padding": 0, "activation": "softmax",
        "labels": [{"value": label["value"], "name": label["name"]} for label in labels]}))
    for source, name in [("mr/t1_crop.nii.gz", "brain"), ("models/meshnet/t1_labels.nii.gz", "brain-labels")]:
        subprocess.run([ROOT / ".build/release/ctx2nii", data / source, "--orient", "LIA", "--type", "float32", "--quiet",
                        "-o", work / f"{name}.nii"], check=True)
    seconds, peak = explain("brain", work, threads, 14, "--memory", "5700M")
    count = 256**3
    expected = numpy.frombuffer((work / "brain-labels.nii").read_bytes()[-4 * count:], "<f4")
    found = numpy.frombuffer((work / "brain-explained.nii").read_bytes()[-8 * count:-4 * count], "<f4")
    print(json.dumps({"network": "brain", "explain_s": round(seconds, 1), "explain_mib": peak >> 20,
                      "labels_that_differ": int((found != expected).sum())}), flush=True)


def frequent_classes(name, work, target):
    """Four classes, of which explain's labels are the most, the explained one first."""
    import numpy

    count = numpy.load(work / f"{name}.npy").size
    labels = numpy.frombuffer((work / f"{name}-explained.nii").read_bytes()[-8 * count:-4 * count], "<f4")
    frequent = numpy.bincount(labels.astype(int)).argsort()[::-1]
    return [target, *(int(label) for label in frequent if label != target)][:4]


def pass_seconds(table):
    """Mean seconds of a window forward, without a tape where there was such a pass, and of one class back, from explain's
    table."""
    lines = [line.split("\t") for line in table.splitlines()]
    columns = {column: index for index, column in enumerate(lines[0])}
    first = lines[1][columns["node"]]
    forward, reverse, is_first = 0.0, 0.0, True
    for position, line in enumerate(lines[1:]):
        seconds = float(line[columns["seconds"]]) / int(line[columns["runs"]])
        if line[columns["pass"]] == "reverse":
            reverse += seconds
            continue
        # At the first node the table of the passes with a tape begins.
        is_first = is_first and not (position and line[columns["node"]] == first)
        forward += seconds if is_first else 0
    return forward, reverse


def further_class(name, work, threads, target, table, rounds):
    """Per round the seconds of a window forward and of a further class back; `table` is that of a run for one class."""
    classes = frequent_classes(name, work, target)
    found = []
    for each in range(rounds):
        if each:
            explain(name, work, threads, target, "--no-maps")
            table = (work / f"{name}.tsv").read_text()
        _, alone = pass_seconds(table)
        explain(name, work, threads, ",".join(map(str, classes)), "--no-maps")
        forward, back = pass_seconds((work / f"{name}.tsv").read_text())
        found.append((forward, (back * len(classes) - alone) / (len(classes) - 1)))
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help="networks; default: all")
    parser.add_argument("--work", type=pathlib.Path, help="keeps exported networks for the next run")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3, help="runs for one class and for four, in turns")
    parser.add_argument("--ours", action="store_true", help="time explain alone, on what an earlier run left in --work")
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        kind, name = options.child
        run = {"prepare": prepare, "pytorch": pytorch, "onnxruntime": onnxruntime}[kind]
        return run(name, options.work, options.threads)

    with tempfile.TemporaryDirectory() as temporary:
        work = options.work or pathlib.Path(temporary)
        work.mkdir(parents=True, exist_ok=True)
        for name in options.names or networks():
            if name == "brain":
                brain(work, options.threads)
                continue
            if not (work / f"{name}.json").exists():
                child(work, options.threads, "prepare", name)
            kept = work / f"{name}-pytorch.json"
            if options.ours and kept.exists():
                theirs, runtime = json.loads(kept.read_text())
            else:
                theirs, runtime = child(work, options.threads, "pytorch", name), child(
                    work, options.threads, "onnxruntime", name)
                kept.write_text(json.dumps([theirs, runtime]))
            third = theirs["peak"] // 3
            lean, lean_peak = explain(name, work, options.threads, theirs["target"], "--memory", str(third))
            short, _ = explain(name, work, options.threads, theirs["target"], "--precision", "bf16")
            short_difference = short and difference(name, work)
            seconds, peak = explain(name, work, options.threads, theirs["target"])
            table = (work / f"{name}.tsv").read_text()
            apart = difference(name, work)
            rounds = further_class(name, work, options.threads, theirs["target"], table, options.rounds)
            forward, further = (statistics.median(values) for values in zip(*rounds))
            print(json.dumps({
                "network": name, "class": theirs["target"], "explain_s": round(seconds, 2),
                "pytorch_s": round(theirs["seconds"], 2), "ratio": round(seconds / theirs["seconds"], 3),
                "explain_mib": peak >> 20, "pytorch_mib": theirs["peak"] >> 20,
                "memory_ratio": round(peak / theirs["peak"], 3),
                "seconds_in_a_third": lean and round(lean, 2), "mib_in_a_third": lean and lean_peak >> 20,
                "pytorch_in_one_graph": theirs["one_graph"], "difference": apart,
                "forward_s": round(forward, 3), "further_class_s": round(further, 3),
                "further_ratio": round(further / forward, 2),
                "further_ratios": [round(back / there, 2) for there, back in rounds],
                "onnxruntime_forward_s": round(runtime["seconds"], 3), "bf16_s": short and round(short, 2),
                "bf16_ratio": short and round(short / theirs["seconds"], 3), "bf16_difference": short_difference,
            }), flush=True)
            print(table, flush=True)


if __name__ == "__main__":
    main()
