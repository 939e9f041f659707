import { computedIn } from '../../graph/computed-in.js';
import type { Constant, Graph, Node } from '../../graph/graph.js';
import type { Shapes } from '../../graph/shapes.js';
import { lowered } from './lower.js';

/**
 * Rewrites a graph to compute in float64, with operators that ONNX Runtime's CPU provider supports in
 * float64. Inputs and outputs keep their names and types. `shapes` are needed by a few operators. Returns
 * `undefined` when an operator has no float64 form.
 */
export function inDouble(graph: Graph, shapes: Shapes = new Map()): Graph | undefined {
  const known = lowered(graph, shapes);
  return 'op' in known ? undefined : computedIn({ type: 'float64', constant: doubled }, known);
}

/** The first node without a float64 form; `undefined` when there is none. */
export function lacksDouble(graph: Graph, shapes: Shapes): Node | undefined {
  const found = lowered(graph, shapes);
  return 'op' in found ? found : undefined;
}

const doubled = (value: Constant): Constant =>
  value.type === 'float32'
    ? { ...value, type: 'float64', data: Float64Array.from(value.data as Float32Array) }
    : value;
