"""Writes the small ONNX files of this folder: python generate.py (onnx and numpy installed)."""

import struct
from pathlib import Path

import numpy as np
from onnx import AttributeProto, TensorProto as T, helper as h

HERE = Path(__file__).parent
X = h.make_tensor_value_info("x", T.FLOAT, [1, "c", 4])
Y = h.make_tensor_value_info("y", T.FLOAT, None)


def save(name, nodes, initializers=(), opset=17, inputs=(X,), outputs=(Y,), domains=(), **properties):
    graph = h.make_graph(list(nodes), name, list(inputs), list(outputs), list(initializers))
    opsets = [h.make_opsetid("", opset)] + [h.make_opsetid(domain, 1) for domain in domains]
    model = h.make_model(graph, producer_name="generate.py", producer_version="1", opset_imports=opsets, ir_version=8)
    h.set_model_props(model, {key: str(value) for key, value in properties.items()})
    (HERE / f"{name}.onnx").write_bytes(model.SerializeToString(deterministic=True))


def node(operator, inputs=("x",), outputs=("y",), **attributes):
    return h.make_node(operator, list(inputs), list(outputs), name=f"the {operator}", **attributes)


relu = node("Relu")

# Every type of element in every form of storage; the values of each stand in InitializerTests.swift.
REALS = [1.5, -2.0, 0.0, 65504.0]
TYPES = {
    "float": (T.FLOAT, REALS, "<f4"), "double": (T.DOUBLE, REALS, "<f8"), "float16": (T.FLOAT16, REALS, "<f2"),
    "bfloat16": (T.BFLOAT16, [1.5, -2.0, 0.0, 65280.0], None),
    "bool": (T.BOOL, [1, 0, 1, 1], "?"), "int8": (T.INT8, [-128, -1, 0, 127], "<i1"),
    "uint8": (T.UINT8, [0, 1, 200, 255], "<u1"), "int16": (T.INT16, [-32768, -1, 0, 32767], "<i2"),
    "uint16": (T.UINT16, [0, 1, 40000, 65535], "<u2"), "int32": (T.INT32, [-2**31, -1, 0, 2**31 - 1], "<i4"),
    "uint32": (T.UINT32, [0, 1, 3 * 10**9, 2**32 - 1], "<u4"), "int64": (T.INT64, [-2**63, -1, 0, 2**63 - 1], "<i8"),
    "uint64": (T.UINT64, [0, 1, 2**62, 2**63 - 1], "<u8"),
}


def raw(values, dtype):
    if dtype is not None:
        return np.array(values, dtype).tobytes()
    return b"".join(struct.pack("<f", value)[2:] for value in values)


initializers = []
for name, (kind, values, dtype) in TYPES.items():
    initializers.append(h.make_tensor(f"{name}_raw", kind, [2, 2], raw(values, dtype), raw=True))
    typed = T(name=f"{name}_typed", data_type=kind, dims=[2, 2])
    if kind == T.FLOAT:
        typed.float_data.extend(values)
    elif kind == T.DOUBLE:
        typed.double_data.extend(values)
    elif kind == T.INT64:
        typed.int64_data.extend(values)
    elif kind in (T.UINT32, T.UINT64):
        typed.uint64_data.extend(values)
    elif kind in (T.FLOAT16, T.BFLOAT16):
        typed.int32_data.extend(np.frombuffer(raw(values, dtype), "<u2").astype(int).tolist())
    else:
        typed.int32_data.extend(values)
    initializers.append(typed)
initializers.append(h.make_tensor("scalar", T.FLOAT, [], [7.0]))
initializers.append(h.make_tensor("empty", T.INT64, [0], []))
save("initializers", [relu], initializers, voxplain='{"labels":[]}', note="second")

save("constants", [
    h.make_node("Constant", [], ["tensor"], value=h.make_tensor("", T.FLOAT, [2], [1.0, 2.0])),
    h.make_node("Constant", [], ["float"], value_float=2.5),
    h.make_node("Constant", [], ["floats"], value_floats=[2.5, 3.5]),
    h.make_node("Constant", [], ["int"], value_int=-3),
    h.make_node("Constant", [], ["ints"], value_ints=[4, -5]),
    relu,
])
save("unsorted", [node("Relu", ["b"], ["y"]), node("Sigmoid", ["a"], ["b"]), node("Tanh", ["x"], ["a"])])
save("default_input", [node("Add", ["x", "w"])], [h.make_tensor("w", T.FLOAT, [1], [2.0])],
     inputs=[X, h.make_tensor_value_info("w", T.FLOAT, [1])])


def floats(name, *dims):
    return h.make_tensor(name, T.FLOAT, dims, np.linspace(-1, 1, int(np.prod(dims))).tolist())


def integers(name, *values):
    return h.make_tensor(name, T.INT64, [len(values)], values)


# Operators with attributes and shapes that damage can turn into anything.
save("small_network", [
    node("Conv", ["x", "w"], ["a"], pads=[1] * 6, strides=[1] * 3, dilations=[1] * 3, group=1),
    node("InstanceNormalization", ["a", "scale", "bias"], ["b"], epsilon=1e-5),
    node("PRelu", ["b", "slope"], ["c"]),
    node("MaxPool", ["c"], ["d"], kernel_shape=[2] * 3, strides=[2] * 3, ceil_mode=0),
    node("ConvTranspose", ["d", "up"], ["e"], strides=[2] * 3, pads=[0] * 6, output_padding=[0] * 3),
    node("Concat", ["c", "e"], ["f"], axis=1),
    node("AveragePool", ["f"], ["g"], kernel_shape=[3] * 3, pads=[1] * 6, count_include_pad=1),
    node("Mul", ["f", "g"], ["h"]),
    node("Reshape", ["h", "flat"], ["i"]),
    node("Transpose", ["i"], ["j"], perm=[0, 2, 1]),
    node("Unsqueeze", ["j", "axes"], ["k"]),
    node("Squeeze", ["k", "axes"], ["l"]),
    node("Softmax", ["l"], ["m"], axis=-1),
    node("Shape", ["x"], ["n"], start=0, end=5),
    node("Flatten", ["m"], ["y"], axis=1),
], [
    floats("w", 2, 1, 3, 3, 3), floats("scale", 2), floats("bias", 2), floats("slope", 2, 1, 1, 1),
    floats("up", 2, 1, 2, 2, 2), integers("flat", 1, 3, -1), integers("axes", 1),
], inputs=[h.make_tensor_value_info("x", T.FLOAT, [1, 1, 4, 4, 4])])

save("attention_network", [
    node("Resize", ["x", "", "scales"], ["a"], mode="linear", coordinate_transformation_mode="half_pixel"),
    node("Pad", ["a", "pads"], ["b"], mode="reflect"),
    node("Slice", ["b", "starts", "ends", "axes", "steps"], ["c"]),
    node("Reshape", ["c", "tokens"], ["d"]),
    node("LayerNormalization", ["d", "scale", "bias"], ["e"], axis=-1, epsilon=1e-5),
    node("MatMul", ["e", "w"], ["f"]),
    node("Split", ["f", "parts"], ["q", "k"], axis=-1),
    node("Einsum", ["q", "k"], ["g"], equation="bid,bjd->bij"),
    node("Where", ["mask", "g", "low"], ["h"]),
    node("Softmax", ["h"], ["i"], axis=-1),
    node("Gather", ["i", "order"], ["j"], axis=1),
    node("ReduceMean", ["j"], ["l"], axes=[-1], keepdims=1),
    node("Expand", ["l", "wide"], ["m"]),
    node("ScatterND", ["m", "rows", "updates"], ["n"]),
    node("Gemm", ["n2", "w2", "b2"], ["o"], alpha=0.5, beta=2.0, transB=1),
    node("Reshape", ["n", "matrix"], ["n2"]),
    node("Tile", ["o", "repeats"], ["p"]),
    node("Clip", ["p", "least"], ["r"]),
    node("Max", ["r", "low", "r"], ["t"]),
    node("Pow", ["t", "two"], ["y"]),
], [
    h.make_tensor("scales", T.FLOAT, [5], [1.0, 1.0, 2.0, 1.5, 1.0]), integers("pads", 0, 0, 1, 0, 0, 0, 0, 1, 2, 0),
    integers("starts", -1, 0), integers("ends", -100, 8), integers("axes", 2, 3), integers("steps", -2, 2),
    integers("tokens", 1, -1, 4), floats("scale", 4), floats("bias", 4), floats("w", 4, 6), integers("parts", 3, 3),
    h.make_tensor("mask", T.BOOL, [1, 20], [0, 1] * 10), h.make_tensor("low", T.FLOAT, [], [-1.0]),
    integers("order", 3, 0, -1), integers("wide", 1, 3, 4), h.make_tensor("rows", T.INT64, [1, 2], [0, 1]),
    floats("updates", 1, 4), integers("matrix", 3, 4), floats("w2", 5, 4), floats("b2", 5), integers("repeats", 2, 1),
    h.make_tensor("least", T.FLOAT, [], [0.1]), h.make_tensor("two", T.FLOAT, [], [2.0]),
], inputs=[h.make_tensor_value_info("x", T.FLOAT, [1, 1, 4, 4, 4])])

# A mask as exporters write it, of integers and Booleans that are computed ahead.
save("mask_network", [
    node("Shape", ["x"], ["a"]),
    node("Gather", ["a", "last"], ["b"], axis=0),
    node("Range", ["zero", "b", "one"], ["c"]),
    node("Mod", ["c", "two"], ["d"]),
    node("Equal", ["d", "zero"], ["e"]),
    node("Not", ["e"], ["f"]),
    node("ConstantOfShape", ["a"], ["g"], value=h.make_tensor("", T.INT64, [1], [3])),
    node("Where", ["f", "g", "zero"], ["i"]),
    node("NonZero", ["i"], ["j"]),
    node("Transpose", ["j"], ["k"], perm=[1, 0]),
    node("GatherND", ["i", "k"], ["l"], batch_dims=0),
    node("ReduceSum", ["l"], ["m"], keepdims=0),
    node("Cast", ["m"], ["n"], to=T.FLOAT),
    node("Div", ["n", "half"], ["o"]),
    node("Concat", ["a", "a"], ["p"], axis=0),
    node("Slice", ["p", "ends", "starts"], ["q"]),
    node("Expand", ["o", "q"], ["r"]),
    node("Add", ["x", "r"], ["y"]),
], [
    h.make_tensor("last", T.INT64, [], [-1]), h.make_tensor("zero", T.INT64, [], [0]),
    h.make_tensor("one", T.INT64, [], [1]), h.make_tensor("two", T.INT64, [], [2]),
    h.make_tensor("half", T.FLOAT, [], [0.5]), integers("ends", 3), integers("starts", 6),
], inputs=[h.make_tensor_value_info("x", T.FLOAT, [1, 2, 4])])

# Logits (1, 2 x) of two classes, given second; with a card and without.
CARD = '{"name":"two","orientation":"RAS","spacing":[3,3,3],"labels":[{"value":1,"name":"bright"}]}'
for name, properties in {"two_outputs": {"voxplain": CARD}, "without_card": {}}.items():
    save(name, [
        node("Conv", ["x", "w", "b"], ["logits"]), node("Softmax", ["logits"], ["probabilities"], axis=1),
    ], [
        h.make_tensor("w", T.FLOAT, [2, 1, 1, 1, 1], [0.0, 2.0]), h.make_tensor("b", T.FLOAT, [2], [1.0, 0.0]),
    ], inputs=[h.make_tensor_value_info("x", T.FLOAT, [1, 1, "X", "Y", "Z"])],
         outputs=[h.make_tensor_value_info(name, T.FLOAT, None) for name in ("probabilities", "logits")], **properties)

# Logits (1, 2 x - 3 y) of two images; the second one's intensities are halved first.
CARD = ('{"name":"pair","orientation":"RAS","spacing":[3,3,3],"labels":[{"value":1,"name":"tumour"}],"channels":'
        '[{"name":"T1"},{"name":"T2","intensity":[{"step":"scale","from":[0,2],"to":[0,1]}]}]}')
save("two_images", [node("Conv", ["x", "w", "b"], ["logits"])], [
    h.make_tensor("w", T.FLOAT, [2, 2, 1, 1, 1], [0.0, 0.0, 2.0, -3.0]), h.make_tensor("b", T.FLOAT, [2], [1.0, 0.0]),
], inputs=[h.make_tensor_value_info("x", T.FLOAT, [1, 2, "X", "Y", "Z"])],
     outputs=[h.make_tensor_value_info("logits", T.FLOAT, None)], voxplain=CARD)

# A node that could be computed ahead, were its shapes right.
save("literal_node", [relu, node("InstanceNormalization", ["vector", "vector", "vector"], ["z"])], [floats("vector", 4)])


# External data: three floats from byte 8 of weights.bin.
def external(name, initializer_dims=(3,), **entries):
    tensor = T(name="w", data_type=T.FLOAT, dims=list(initializer_dims), data_location=T.EXTERNAL)
    for key, value in entries.items():
        tensor.external_data.add(key=key, value=str(value))
    save(name, [node("Add", ["x", "w"])], [tensor])


(HERE / "weights.bin").write_bytes(bytes(8) + struct.pack("<3f", 1.0, -2.0, 3.0) + bytes(4))
external("external", location="weights.bin", offset=8, length=12)
external("external_here", location="./weights.bin", offset=8, length=12)
external("external_no_length", location="weights.bin", offset=12)
external("external_parent", location="../onnx/weights.bin", offset=8, length=12)
external("external_inner_parent", location="folder/../weights.bin", offset=8, length=12)
external("external_absolute", location="/dev/zero", offset=8, length=12)
external("external_folder", location=".", offset=0, length=12)
external("external_missing", location="nothing.bin", offset=8, length=12)
external("external_no_location", offset=8, length=12)
external("external_link", location="link.bin", offset=8, length=12)
external("external_past_end", location="weights.bin", offset=16, length=12)
external("external_offset_past_end", location="weights.bin", offset=25, length=0)
external("external_negative", location="weights.bin", offset=-8, length=12)
external("external_huge", location="weights.bin", offset=2**63 - 1, length=2**63 - 1)
external("external_wrong_length", location="weights.bin", offset=8, length=8)
external("external_wrong_dims", location="weights.bin", initializer_dims=(4,), offset=8, length=12)


# Graphs that break a rule, or use what is unknown; what each must throw stands in ImportErrorTests.swift.
def weights(dims, values=(), kind=T.FLOAT, name="w"):
    tensor = T(name=name, data_type=kind, dims=list(dims))
    tensor.float_data.extend(values)
    return tensor


add = node("Add", ["x", "w"])
save("bad_cycle", [node("Relu", ["b"], ["a"]), node("Relu", ["a"], ["b"]), node("Add", ["x", "a"])])
save("bad_self", [node("Add", ["x", "y"])])
save("bad_missing_value", [node("Add", ["x", "nothing"])])
save("bad_output", [node("Relu", ["x"], ["z"])])
save("bad_made_twice", [relu, node("Sigmoid")])
save("bad_makes_input", [node("Relu", ["x"], ["x"]), relu])
save("bad_initializer_twice", [add], [weights([1], [1.0]), weights([1], [2.0])])
save("bad_initializer_unnamed", [add], [weights([1], [1.0]), weights([1], [2.0], name="")])
save("bad_no_input", [relu], [weights([1], [1.0], name="x")], inputs=[])
save("bad_no_output", [relu], outputs=[])
save("bad_no_node_output", [relu, node("Relu", ["x"], [])])
save("bad_arity", [node("Relu", ["x", "x"])])
save("bad_required_input", [node("Add", ["x", ""])])
save("bad_negative_dims", [add], [weights([-1], [1.0])])
save("bad_huge_dims", [add], [weights([2**40, 2**40], [1.0])])
save("bad_empty_huge_dims", [add], [weights([0, 2**62, 2**62])])
save("bad_many_dims", [add], [weights([2**31, 2**31, 1], [1.0])])
save("bad_count", [add], [weights([3], [1.0, 2.0])])
save("bad_raw_count", [add], [T(name="w", data_type=T.FLOAT, dims=[1], raw_data=bytes(7))])
save("bad_type", [add], [weights([1], [1.0], kind=T.UNDEFINED)])
save("bad_range", [add], [T(name="w", data_type=T.INT8, dims=[1], int32_data=[128])])
save("bad_uint64", [add], [T(name="w", data_type=T.UINT64, dims=[1], uint64_data=[2**63])])
save("bad_input_extent", [relu], inputs=[h.make_tensor_value_info("x", T.FLOAT, [1, -1, 4])])
save("bad_input_extents", [relu], inputs=[h.make_tensor_value_info("x", T.FLOAT, [2**40, 2**40])])
twice = node("Elu", alpha=1.0)
twice.attribute.add().CopyFrom(h.make_attribute("alpha", 2.0))
save("bad_attribute_twice", [twice])
untyped = node("Elu", alpha=1.0)
untyped.attribute[0].type = AttributeProto.UNDEFINED
save("bad_attribute_untyped", [untyped])
save("bad_attribute_type", [node("Elu", alpha=1)])
save("bad_constant", [h.make_node("Constant", [], ["w"]), add])
save("unknown_operator", [node("Frobnicate")])
save("unknown_attribute", [node("Elu", alpha=1.0, beta=2.0)])
save("unknown_domain", [node("Gelu", domain="com.microsoft")], domains=["com.microsoft"])
save("unknown_opset_8", [relu], opset=8)
save("unknown_opset_22", [relu], opset=22)
save("unknown_subgraph", [node("Elu", body=h.make_graph([relu], "body", [X], [Y]))])
save("unknown_string", [add], [h.make_tensor("w", T.STRING, [1], [b"text"])])
save("unknown_input_type", [relu], inputs=[h.make_tensor_value_info("x", T.INT64, [1])])
save("unknown_constant", [h.make_node("Constant", [], ["w"], value_string="text"), add])
save("unknown_several", [node("Frobnicate", ["x"], ["a"]), node("Relu", ["a"], ["b"]), node("Defrobnicate", ["b"], ["y"])])
