import { expect, it } from 'vitest';
import type { Graph } from '../graph/graph.js';
import { onlyInput } from './declared-input.js';

const graphOf = (...inputs: [string, (number | string)[]][]): Graph => ({
  ...{ name: '', nodes: [], initializers: new Map(), outputs: [], opsets: {}, metadata: {} },
  inputs: inputs.map(([name, shape]) => ({ name, type: 'float32', shape })),
});

it.each<[string, Graph, RegExp]>([
  [
    'constants that an exporter of TensorFlow left out',
    graphOf(['image', ['N', 16, 28, 1]], ['net_1/normalization_1/Sub/y:0', [1, 1, 1, 1]]),
    /found image \[.*'net_1\/normalization_1\/Sub\/y:0' reads like a constant .* SavedModel .*; sightline attribute and score take several/,
  ],
  [
    'inputs of a user',
    graphOf(['serving_default_image:0', [1, 8, 8, 3]], ['age', ['N', 1]]),
    /found serving_default_image:0 \[1,8,8,3\], age \[N,1\]; sightline attribute and score/,
  ],
  [
    'an input inside a scope, of any batch',
    graphOf(['scope/image:0', ['N', 8]], ['age', ['N', 1]]),
    /age \[N,1\]; sightline attribute/,
  ],
])('says of several inputs what they are: %s', (_name, graph, message) => {
  expect(() => onlyInput(graph, 'model.onnx')).toThrow(message);
});
