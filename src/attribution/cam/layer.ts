import { usageError } from '../../base/errors.js';
import { unknownName } from '../../base/names.js';
import type { Graph } from '../../graph/graph.js';
import type { Classifier } from '../../model/classifier.js';

/**
 * The layer `[N, C, h, w]` to look at: the named ONNX value, or the last map with more than one position on the way
 * to the output.
 */
export function layerOf(model: Classifier, name: string): string {
  if (name !== '') return named(model, name);
  const onTheWay = ancestors(model.graph, model.output);
  const last = model.graph.nodes
    .flatMap((node) => node.outputs)
    .findLast((value) => onTheWay.has(value) && isSpatial(model, value));
  if (last === undefined) {
    throw usageError(
      'the model has no value of shape [N, C, h, w] to look at; class activation maps need one',
    );
  }
  return last;
}

function named(model: Classifier, name: string): string {
  const shape = model.shapes.get(name);
  if (!shape)
    throw unknownName(
      [...model.shapes.keys()].filter((value) => isSpatial(model, value)),
      name,
      'layer',
    );
  if (!isSpatial(model, name)) {
    throw usageError(`layer '${name}' has shape [${shape.dims}]; a class activation map needs [N, C, h, w]`);
  }
  return name;
}

function isSpatial(model: Classifier, value: string): boolean {
  const shape = model.shapes.get(value);
  if (shape?.dims.length !== 4 || shape.batchAxis !== 0 || shape.type !== 'float32') return false;
  return value !== model.input.name && shape.dims[2]! * shape.dims[3]! > 1;
}

/** All values that `output` is made from, itself included. */
function ancestors(graph: Graph, output: string): Set<string> {
  const found = new Set([output]);
  for (const node of graph.nodes.toReversed()) {
    if (node.outputs.some((v) => found.has(v))) for (const input of node.inputs) found.add(input);
  }
  return found;
}
