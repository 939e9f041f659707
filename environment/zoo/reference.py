"""What a network's own framework says of it: gradient, class activation map, number of attention blocks."""

import math

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from onnx.reference import ReferenceEvaluator
from torch.overrides import TorchFunctionMode

softmaxes = {torch.softmax, torch.Tensor.softmax, torch.nn.functional.softmax}
fused = {torch.nn.functional.scaled_dot_product_attention, torch.nn.functional.multi_head_attention_forward}


class Attentions(TorchFunctionMode):
    """
    Counts attention: softmax over the last of at least three axes, and operators that hold one. What does not depend
    on the image does not count: the learned queries of an attention that pools, scores of positions alone.
    """

    def __init__(self):
        super().__init__()
        self.count = 0

    def __torch_function__(self, function, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        if function in fused:
            self.count += args[0].requires_grad
        elif function in softmaxes:
            axis = kwargs.get("dim", args[1] if len(args) > 1 else -1)
            rank = args[0].ndim
            self.count += args[0].requires_grad and rank >= 3 and axis % rank == rank - 1
        return function(*args, **kwargs)


def randomise(model, size, seed):
    """
    No weight stays 0, 1 or 1e-6, so that every branch counts; normalisations hold the statistics of noise, without
    variances near 0, which would blow up what the exporter rounds.
    """
    generator = torch.Generator().manual_seed(seed)
    normal = lambda like: torch.randn(like.shape, generator=generator)
    with torch.no_grad():
        for name, value in model.named_parameters():
            if value.numel() == 0 or not value.is_floating_point():
                continue
            if value.abs().max() < 1e-3:
                value.copy_(0.1 * normal(value))
            elif value.ndim == 1:
                value.add_(0.1 * normal(value))
        norms = [m for m in model.modules() if isinstance(m, torch.nn.modules.batchnorm._BatchNorm)]
        for norm in norms:
            norm.train().momentum = 1
        model(torch.randn(32, *size, generator=generator))
        for norm in norms:
            norm.running_var.clamp_(min=norm.running_var.mean() / 10)
    model.eval()


def part(model, path):
    """The module at a path such as `blocks.-1.norm1`."""
    for name in path.split("."):
        model = model[int(name)] if name.lstrip("-").isdigit() else getattr(model, name)
    return model


def cam(value, slope):
    """Grad-CAM `[h, w]` of a layer: a map with channels first or last, or tokens of which those of patches come last."""
    value, slope = value.detach()[0], slope[0]
    if value.ndim == 2:
        side = math.isqrt(len(value))
        value, slope = (t[-side * side :].T.reshape(-1, side, side) for t in (value, slope))
    elif value.shape[0] == value.shape[1] != value.shape[2]:
        value, slope = (t.permute(2, 0, 1) for t in (value, slope))
    weights = slope.flatten(1).mean(1)
    return torch.tensordot(weights, value, 1)


def reference(model, x, target, layers):
    """
    Output, gradient, and Grad-CAM at each of some layers (`>path`: what goes into it) in double. The image goes in
    twice: of one alone, torch 2.13 gives a wrong gradient on the CPU where maps of a BatchNorm become tokens.
    """
    torch.set_default_dtype(torch.float64)
    model, x = model.double().requires_grad_(False), x.double()
    twice = torch.cat([x, x]).requires_grad_()
    seen = {}

    def keep(name, value):
        value = value[0] if isinstance(value, (tuple, list)) else value
        value = getattr(value, "last_hidden_state", value)
        value.retain_grad()
        seen[name] = value

    hooks = []
    for name in layers:
        module = part(model, name.lstrip(">"))
        if name.startswith(">"):
            hooks.append(module.register_forward_pre_hook(lambda m, args, name=name: keep(name, args[0])))
        else:
            hooks.append(module.register_forward_hook(lambda m, args, out, name=name: keep(name, out)))
    own = getattr(model, "forward_features", None)
    if own and not layers:
        def features(*args, **kwargs):
            out = own(*args, **kwargs)
            keep("forward_features", out)
            return out

        model.forward_features = features
    attentions = Attentions()
    with attentions:
        output = model(twice)
    output[0, target].backward()
    for hook in hooks:
        hook.remove()
    if own and not layers:
        del model.forward_features
    with torch.no_grad():
        slope = central_difference(lambda x: model(torch.from_numpy(x)).numpy(), x, target)
    torch.set_default_dtype(torch.float32)
    maps = {name: cam(value, value.grad) for name, value in seen.items() if value.grad is not None}
    return output.detach()[:1], twice.grad[:1], slope, maps, attentions.count


def direction(x):
    return np.random.default_rng(3).standard_normal(x.shape)


def central_difference(run, x, target):
    """The target's slope along `direction(x)`, by which autograd is judged too."""
    # Wider steps cross rectifiers of deep networks.
    x, step = x.detach().double().numpy(), 1e-9
    after, before = (run(x + sign * step * direction(x)) for sign in (1, -1))
    return float(after[0, target] - before[0, target]) / (2 * step)


def file_in_double(path):
    """Runs a file in double. It may not be the network: what the exporter folds it folds in single precision."""
    model = onnx.load(path)
    values = list(model.graph.initializer)
    for node in model.graph.node:
        for attribute in node.attribute:
            if attribute.name == "value" and attribute.HasField("t"):
                values.append(attribute.t)
            elif node.op_type == "Cast" and attribute.name == "to" and attribute.i == onnx.TensorProto.FLOAT:
                attribute.i = onnx.TensorProto.DOUBLE
    for value in values:
        if value.data_type == onnx.TensorProto.FLOAT:
            value.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(value).astype(float), value.name))
    del model.graph.value_info[:]
    for value in [*model.graph.input, *model.graph.output]:
        value.type.tensor_type.elem_type = onnx.TensorProto.DOUBLE
    run = ReferenceEvaluator(model).run
    return lambda x: run(None, {model.graph.input[0].name: x})[0]
