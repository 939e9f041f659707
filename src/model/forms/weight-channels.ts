import { intOf } from '../../graph/attributes.js';
import type { Node } from '../../graph/graph.js';
import { groupsOf } from '../../graph/rules/window.js';

/** Returns a function from the flat index of a weight to its output channel. */
export function outputChannel(layer: Node, shape: readonly number[]): (index: number) => number {
  const size = shape.slice(1).reduce((n, length) => n * length, 1);
  if (layer.op === 'Conv' || (layer.op === 'Gemm' && intOf(layer, 'transB', 0))) {
    return (i) => Math.floor(i / size);
  }
  if (layer.op === 'Gemm') return (i) => i % shape[1]!;
  const [inputs, outputs, ...kernel] = shape as [number, number, ...number[]];
  const area = kernel.reduce((n, k) => n * k, 1);
  const groupInputs = inputs / groupsOf(layer);
  return (i) => Math.floor(Math.floor(i / size) / groupInputs) * outputs + (Math.floor(i / area) % outputs);
}

/** Returns a function from the flat index of a convolution's weight to its input channel. */
export function inputChannel(conv: Node, shape: readonly number[]): (index: number) => number {
  const [outputs, inputs, ...kernel] = shape as [number, number, ...number[]];
  const area = kernel.reduce((n, k) => n * k, 1);
  const groupOutputs = outputs / groupsOf(conv);
  return (i) =>
    Math.floor(Math.floor(i / (inputs * area)) / groupOutputs) * inputs + (Math.floor(i / area) % inputs);
}
