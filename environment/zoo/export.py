"""Exports tiny networks with random weights, and what their own framework says of them.

    python environment/zoo/export.py OUT [PATTERN ...]

writes OUT/NAME/{model.onnx, x.npy, output.npy, gradient.npy, cam*.npy, facts.json}, and the like of a quantised file, for each network whose name has
one of the patterns in it. `node environment/zoo/check.cjs OUT` makes the table.
"""

import json
import sys
import warnings
from pathlib import Path

import numpy as np
import onnx
import torch

from networks import networks
from quantised import straight_through
from reference import central_difference, direction, file_in_double, randomise, reference

warnings.filterwarnings("ignore")


def export(network, folder):
    torch.manual_seed(0)
    model = network.make().eval()
    randomise(model, network.size, 1)
    x = torch.randn(1, *network.size, generator=torch.Generator().manual_seed(2))
    folder.mkdir(parents=True, exist_ok=True)
    try:
        torch.onnx.export(model, (x,), folder / "model.onnx", dynamo=True, external_data=False, verbose=False)
    except Exception:  # Of what the current exporter can't take, the older one takes a part.
        torch.onnx.export(model, (x,), folder / "model.onnx", dynamo=False, verbose=False, opset_version=18)
    target = int(model(x).detach().abs().argmax())
    output, gradient, slope, maps, attentions = reference(model, x, target, network.layers)
    np.save(folder / "x.npy", x.detach().float().numpy())
    np.save(folder / "output.npy", output.numpy())
    np.save(folder / "gradient.npy", gradient.numpy())
    for i, (name, cam) in enumerate(maps.items()):
        np.save(folder / f"cam{i}.npy", cam.numpy())
    facts = dict(name=network.name, target=target, cams=list(maps), attention=attentions - network.channels)
    facts["output"] = onnx.load(folder / "model.onnx", load_external_data=False).graph.output[0].name
    facts["slope"] = dict(network=slope, file=central_difference(file_in_double(folder / "model.onnx"), x, target))
    np.save(folder / "along.npy", direction(x))
    if network.quantise:
        quantise(folder, x)
        layer = f"{network.quantise}_DequantizeLinear_Output"
        gradient, cam = straight_through(folder / "quantised.onnx", x, target, layer)
        np.save(folder / "quantised-gradient.npy", gradient.numpy())
        np.save(folder / "quantised-cam0.npy", cam.numpy())
    (folder / "facts.json").write_text(json.dumps(facts))


def quantise(folder, x):
    from onnxruntime.quantization import CalibrationDataReader, quantize_static
    from onnxruntime.quantization.shape_inference import quant_pre_process

    class Samples(CalibrationDataReader):
        left = [{"x": (x.detach() * scale).float().numpy()} for scale in (0.5, 1, 1.5)]

        def get_next(self):
            return self.left.pop() if self.left else None

    quant_pre_process(folder / "model.onnx", folder / "prepared.onnx")
    quantize_static(folder / "prepared.onnx", folder / "quantised.onnx", Samples())
    (folder / "prepared.onnx").unlink()


def main(out, *patterns):
    seen = {}
    for network in networks():
        count = seen[network.name] = seen.get(network.name, 0) + 1
        name = network.name.replace("/", "-") + ("" if count == 1 else f"-{count}")
        if patterns and not any(pattern in name for pattern in patterns):
            continue
        folder = Path(out) / name
        if (folder / "facts.json").exists():
            continue
        try:
            export(network, folder)
            print(name, f"{(folder / 'model.onnx').stat().st_size / 1e6:.1f} MB", flush=True)
        except Exception as error:
            print(name, "is not exported:", type(error).__name__, str(error).replace("\n", " ")[:300], flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
