"""The gradient of a quantised ONNX file by torch, with the rounding taken for the identity within its range."""

import numpy as np
import onnx
import torch
import torch.nn.functional as F
from onnx import numpy_helper

from reference import cam


def pads(values, rank):
    """ONNX's pads for torch's `pad`: last axis first."""
    values = values or [0] * (2 * rank)
    return [values[i + side * rank] for i in reversed(range(rank)) for side in (0, 1)]


def along(value, axis, rank):
    return value if value.ndim == 0 or value.numel() == 1 else value.reshape([-1 if i == axis % rank else 1 for i in range(rank)])


def quantise(x, scale, zero, axis=1):
    ends = torch.iinfo(zero.dtype)
    scale, zero = (along(t, axis, x.ndim) for t in (scale, zero.to(x.dtype)))
    exact = x / scale + zero
    held = exact.clamp(ends.min - 0.5, ends.max + 0.5)
    return held + (torch.round(x / scale).add(zero).clamp(ends.min, ends.max) - held).detach()


def dequantise(x, scale, zero, axis=1):
    return (x.to(scale.dtype) - along(zero.to(scale.dtype), axis, x.ndim)) * along(scale, axis, x.ndim)


def conv(x, w, b=None, strides=None, pads_=None, group=1, dilations=None, **_):
    return F.conv2d(F.pad(x, pads(pads_, 2)), w, b, strides or 1, 0, dilations or 1, group)


def pool(x, kernel_shape, strides, pads_=None, **_):
    return F.max_pool2d(F.pad(x, pads(pads_, 2), value=-torch.inf), kernel_shape, strides)


def gemm(a, b, c, alpha=1, beta=1, transA=0, transB=0):
    return alpha * (a.T if transA else a) @ (b.T if transB else b) + beta * c


def cut(x, starts, ends, axes, steps=None):
    for start, end, axis in zip(starts.tolist(), ends.tolist(), axes.tolist()):
        x = x.narrow(axis, start, min(end, x.shape[axis]) - start)
    return x


operators = {
    "Add": torch.add,
    "Concat": lambda *xs, axis: torch.cat(xs, axis),
    "Conv": conv,
    "DequantizeLinear": dequantise,
    "Gather": lambda x, at, axis=0: x.select(axis, int(at)) if at.ndim == 0 else x.index_select(axis, at),
    "Gelu": lambda x, approximate=b"none": F.gelu(x, approximate=approximate.decode()),
    "Gemm": gemm,
    "HardSigmoid": lambda x, alpha=0.2, beta=0.5: (alpha * x + beta).clamp(0, 1),
    "LayerNormalization": lambda x, w, b, axis, epsilon=1e-5, **_: F.layer_norm(x, x.shape[axis:], w, b, epsilon),
    "MatMul": torch.matmul,
    "MaxPool": pool,
    "Mul": torch.mul,
    "QuantizeLinear": quantise,
    "ReduceMean": lambda x, axes, keepdims=1, **_: x.mean(axes.tolist(), bool(keepdims)),
    "Reshape": lambda x, shape, **_: x.reshape([x.shape[i] if n == 0 else n for i, n in enumerate(shape.tolist())]),
    "Slice": cut,
    "Softmax": lambda x, axis=-1: torch.softmax(x, axis),
    "Squeeze": lambda x, axes: x.squeeze(axes.tolist()),
    "Transpose": lambda x, perm: x.permute(perm),
}


def straight_through(path, x, target, layer):
    """Gradient of the target's logit of the network in an ONNX file, and Grad-CAM at a value, in the precision of `x`."""
    graph = onnx.load(path).graph
    tensor = lambda value: torch.from_numpy(np.array(numpy_helper.to_array(value)))
    values = {one.name: tensor(one) for one in graph.initializer}
    values = {name: value.to(x.dtype) if value.is_floating_point() else value for name, value in values.items()}
    x = x.detach().clone().requires_grad_()
    values[graph.input[0].name] = x
    for node in graph.node:
        given = {a.name.replace("pads", "pads_"): onnx.helper.get_attribute_value(a) for a in node.attribute}
        values[node.output[0]] = operators[node.op_type](*(values[name] if name else None for name in node.input), **given)
    values[layer].retain_grad()
    values[graph.output[0].name][0, target].backward()
    return x.grad, cam(values[layer], values[layer].grad)
