#!/usr/bin/env python3
"""Writes ONNX's own backend node tests as models with one input, for the operators that Sources/VoxOperators has.

Setup: as export.py
Use:   venv/bin/python node_tests.py OUT

The engine takes one input of floats. Of each test therefore several files are made: OUT/NAME.literal.onnx has every
input as an initializer, which only the constant folder computes; OUT/NAME.<i>.onnx has input i, one of 32-bit floats,
as the graph's input and the others as initializers. Each file holds the value of its input as the initializer `feed`
and the expected outputs as `expected_<i>`. Tests with floats of other widths, strings, sequences or optional values,
empty tensors and outputs, and training are left out. Every model asks for operator set 21 at most: the tests ask for the
newest, whose operators differ from those of set 21 in types only.
"""
import os
import re
import sys

import numpy as np
import onnx
from onnx import helper, numpy_helper
from onnx.backend.test.case.node import collect_testcases

OPSET = 21
# Their further outputs serve training or have no use in a network.
FIRST_OUTPUT_ONLY = {"BatchNormalization", "Dropout", "LayerNormalization", "MaxPool"}
KINDS = {np.dtype(kind) for kind in ("f4", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "?")}


def operators(sources):
    names = {"Constant"}
    for folder, _, files in os.walk(sources):
        for file in files:
            with open(os.path.join(folder, file), encoding="utf-8") as text:
                names.update(re.findall(r'static let name = "(\w+)"', text.read()))
    return names


def is_plain(values):
    return all(isinstance(value, np.ndarray) and value.dtype in KINDS and value.size for value in values)


def models(case):
    """The variants of a test: name and model."""
    graph = case.model.graph
    inputs, outputs = (list(values) for values in case.data_sets[0])
    inputs, outputs = [np.asarray(value) for value in inputs], [np.asarray(value) for value in outputs]
    names = [value.name for value in graph.input]
    kept = [value for value in graph.output if value.name]
    if any(node.op_type in FIRST_OUTPUT_ONLY for node in graph.node):
        kept, outputs = kept[:1], outputs[:1]
    if not is_plain(inputs + outputs) or len(inputs) != len(names) or len(outputs) != len(kept):
        return
    fed = [i for i, value in enumerate(inputs) if value.dtype == np.float32]
    for chosen in [None, *fed]:
        literals = [numpy_helper.from_array(v, n) for i, (n, v) in enumerate(zip(names, inputs)) if i != chosen]
        literals += [numpy_helper.from_array(value, f"expected_{i}") for i, value in enumerate(outputs)]
        value = np.zeros(1, "f4") if chosen is None else inputs[chosen]
        literals.append(numpy_helper.from_array(value, "feed"))
        given = helper.make_tensor_value_info(
            "unused" if chosen is None else names[chosen], onnx.TensorProto.FLOAT, value.shape)
        results = [helper.make_tensor_value_info(v.name, v.type.tensor_type.elem_type, None) for v in kept]
        made = helper.make_graph(list(graph.node), case.name, [given], results, [*graph.initializer, *literals])
        version = max(9, min(OPSET, next(i.version for i in case.model.opset_import if not i.domain)))
        model = helper.make_model(made, opset_imports=[helper.make_opsetid("", version)])
        yield ("literal" if chosen is None else str(chosen)), model


def main():
    out = sys.argv[1]
    os.makedirs(out, exist_ok=True)
    np.random.seed(0)
    known = operators(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../Sources/VoxOperators"))
    count = 0
    for case in collect_testcases(None):
        nodes = case.model.graph.node if case.model else []
        if not nodes or not all(node.op_type in known and not node.domain for node in nodes):
            continue
        try:
            for variant, model in models(case):
                onnx.save(model, os.path.join(out, f"{case.name}.{variant}.onnx"))
                count += 1
        except (TypeError, ValueError, AttributeError) as error:
            print(case.name, "is left out:", error)
    print(count, "models")


if __name__ == "__main__":
    main()
