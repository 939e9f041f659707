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

/** The last of `among` that is a convolution's map, or made of one place by place. */
export function lastMap(model: Classifier, among: ReadonlySet<string>): string | undefined {
  const maps = new Set<string>();
  let last: string | undefined;
  for (const { op, inputs, outputs } of model.graph.nodes) {
    const [value] = outputs;
    const follows = !ending.has(op) && inputs.some((v) => maps.has(v));
    if (value === undefined || !isMap(model, value) || !(making.has(op) || follows)) continue;
    maps.add(value);
    if (among.has(value)) last = value;
  }
  return last;
}
