import type { Classifier } from '../../model/classifier.js';

/** Operators that make maps, and those after which a map's axes mean something else. */
const making = new Set(['Conv', 'ConvTranspose', 'MaxPool', 'AveragePool', 'Resize', 'LRN', 'DepthToSpace']);
const ending = new Set([
  ...['Reshape', 'Transpose', 'Flatten', 'MatMul', 'Gemm', 'Einsum', 'Softmax', 'Gather', 'Shape'],
  ...['Squeeze', 'Unsqueeze', 'Expand', 'ReduceMean', 'ReduceSum', 'ReduceMax', 'ReduceMin', 'ReduceL2'],
]);

/** Whether a value has the shape `[N, C, h, w]` with more than one position. */
export function isMap(model: Classifier, value: string): boolean {
  const shape = model.shapes.get(value);
  if (shape?.dims.length !== 4 || shape.batchAxis !== 0 || shape.type !== 'float32') return false;
  return value !== model.input.name && shape.dims[2]! * shape.dims[3]! > 1;
}

/** Values that are a convolution's map, or made of one place by place, in the order in which they are made. */
export function mapsOf(model: Classifier): ReadonlySet<string> {
  const maps = new Set<string>();
  for (const { op, inputs, outputs } of model.graph.nodes) {
    const [value] = outputs;
    const follows = !ending.has(op) && inputs.some((v) => maps.has(v));
    if (value !== undefined && isMap(model, value) && (making.has(op) || follows)) maps.add(value);
  }
  return maps;
}

/** The last map that is one of `among`. */
export const lastMap = (model: Classifier, among: ReadonlySet<string>): string | undefined =>
  [...mapsOf(model)].findLast((value) => among.has(value));
