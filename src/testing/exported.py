"""Runs exported explanations in PyPI's onnxruntime, after onnx's checker, and compares their maps.

python exported.py FILE.onnx X.npy MAP.npy [TARGET ..]: the file, its input, the map that is wanted, and the
target of each image where the file takes them. Prints the greatest difference as a part of the greatest value.
"""

import sys

import numpy
import onnx
import onnxruntime

path, x, wanted, *targets = sys.argv[1:]
onnx.checker.check_model(path, full_check=True)
domains = {node.domain for node in onnx.load(path).graph.node}
assert domains <= {"", "ai.onnx"}, domains
session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
feeds = {session.get_inputs()[0].name: numpy.load(x).astype(numpy.float32)}
if targets:
    feeds["target"] = numpy.array(targets, dtype=numpy.int64)
outputs = dict(zip([output.name for output in session.get_outputs()], session.run(None, feeds)))
reference = numpy.load(wanted)
assert outputs["map"].shape == reference.shape, (outputs["map"].shape, reference.shape)
print(abs(outputs["map"] - reference).max() / abs(reference).max())
