import { isDeepStrictEqual } from 'node:util';
import type { Constant, Graph } from './graph.js';

/** Whether two graphs have the same nodes, constants and outputs, by the same names. */
export const sameGraphs = (a: Graph, b: Graph): boolean =>
  a.nodes.length === b.nodes.length &&
  a.nodes.every((node, i) => node === b.nodes[i] || isDeepStrictEqual(node, b.nodes[i])) &&
  isDeepStrictEqual([a.inputs, a.outputs], [b.inputs, b.outputs]) &&
  a.nodes.every(({ inputs }) =>
    inputs.every((value) => sameConstants(a.initializers.get(value), b.initializers.get(value))),
  );

const sameConstants = (a: Constant | undefined, b: Constant | undefined) =>
  a === b || isDeepStrictEqual(a, b);
