"""Writes which operators ONNX Runtime has kernels for on a GPU, as the table src/engine/gpu/kernels/NAME.ts.

usage: list.py cuda|webgpu CATALOGUE OUT

CATALOGUE is src/graph/catalogue/catalogue.ts: only its operators are listed. The kernels are those that ONNX Runtime itself names,
so the packages must be of the version of onnxruntime-node, and their libraries must load:
  cuda     onnxruntime-gpu==1.30.0 (needs CUDA)
  webgpu   onnxruntime==1.30.0 with onnxruntime-ep-webgpu==0.4.0, which is built from it (needs a GPU with Vulkan)
Beside them: onnx, for the versions of the operators.
"""
import re
import sys

import onnx.defs
import onnxruntime
from onnxruntime.capi import onnxruntime_pybind11_state as state

OPSETS = range(20, 26)
OPEN_END = 2**31 - 1
LETTERS = {
    "tensor(float)": "f", "tensor(double)": "d", "tensor(float16)": "h", "tensor(bfloat16)": "b", "tensor(bool)": "?",
    "tensor(int8)": "i1", "tensor(int16)": "i2", "tensor(int32)": "i4", "tensor(int64)": "i8",
    "tensor(uint8)": "u1", "tensor(uint16)": "u2", "tensor(uint32)": "u4", "tensor(uint64)": "u8",
}


def kernels_of(name):
    if name == "cuda":
        return [k for k in state.get_all_opkernel_def() if k.provider == "CUDAExecutionProvider"]
    import onnxruntime_ep_webgpu as plugin

    onnxruntime.register_execution_provider_library(plugin.get_ep_name(), plugin.get_library_path())
    return state.get_registered_ep_kernel_defs(plugin.get_ep_name())


def serves(kernel, since):
    """ONNX Runtime's rule: an open-ended kernel serves the version of the operator that it names, and no other."""
    first, last = kernel.version_range
    return first == since or (first < since <= last and last != OPEN_END)


def types_of(kernels, parameter):
    """The types of a parameter that some kernel takes; '*' for any."""
    found = set()
    for kernel in kernels:
        types = kernel.type_constraints.get(parameter.type_str) or kernel.type_constraints.get(parameter.name)
        found |= {LETTERS.get(t) for t in types} if types else {"*"}
    found.discard(None)
    return "*" if "*" in found else " ".join(sorted(found))


def signature(kernels, op, opset):
    """The types of all inputs, and of a Cast's output, which no input tells. Equal ones at the end are written once."""
    try:
        schema = onnx.defs.get_schema(op, opset, "")
    except onnx.defs.SchemaError:
        return None
    own = [k for k in kernels if k.domain in ("", "ai.onnx") and k.op_name == op and serves(k, schema.since_version)]
    if not own:
        return None
    types = [types_of(own, p) for p in [*schema.inputs, *(schema.outputs if op == "Cast" else [])]]
    while len(types) > 1 and types[-1] == types[-2]:
        types.pop()
    return ", ".join(types)


def main(name, catalogue, out):
    kernels = kernels_of(name)
    operators = sorted(set(re.findall(r"^  (\w+): ", open(catalogue).read(), re.M)) - {"readonly"})
    lines = []
    for op in operators:
        entries = []
        for opset in OPSETS:
            signed = signature(kernels, op, opset)
            if signed is not None and entries and entries[-1][1:] == [opset - 1, signed]:
                entries[-1][1] = opset
            elif signed is not None:
                entries.append([opset, opset, signed])
        if entries:
            lines.append(f"  {op}: [" + ", ".join(f"'{first}-{last}: {types}'" for first, last, types in entries) + "],")
    with open(out, "w") as file:
        file.write(
            f"// Written by environment/kernels/list.py from the kernels of ONNX Runtime {onnxruntime.__version__}.\n"
            f"import type {{ Kernels }} from './kernels.js';\n\n"
            f"/** The kernels of ONNX Runtime's provider `{name}`. */\n"
            f"export const {name}: Kernels = {{\n" + "\n".join(lines) + "\n};\n"
        )


if __name__ == "__main__":
    main(*sys.argv[1:])
