import type { Graph } from '../../graph/graph.js';
import { type Array64, fromConstant } from './arrays.js';
import type { Kernel } from './kernel.js';
import { layout } from './layout.js';
import { linear } from './linear.js';
import { norms } from './norms.js';
import { pointwise } from './pointwise.js';
import { reductions } from './reductions.js';
import { resampling } from './resampling.js';
import { windows } from './windows.js';

export const kernels: Readonly<Record<string, Kernel>> = {
  ...layout,
  ...linear,
  ...norms,
  ...pointwise,
  ...reductions,
  ...resampling,
  ...windows,
};

/**
 * All values of a graph for some inputs, in 64 bits, as the specification of each operator (opset 20) says.
 */
export function interpret(
  graph: Graph,
  feeds: Readonly<Record<string, Array64>>,
): ReadonlyMap<string, Array64> {
  const values = new Map(Object.entries(feeds));
  for (const [name, constant] of graph.initializers) values.set(name, fromConstant(constant));
  for (const node of graph.nodes) {
    const kernel = kernels[node.op];
    if (!kernel || node.domain !== '') throw new Error(`the reference has no operator '${node.op}'`);
    const outputs = kernel(
      node.inputs.map((name) => values.get(name)),
      node,
    );
    for (const [i, name] of node.outputs.entries()) if (name !== '') values.set(name, outputs[i]!);
  }
  return values;
}
