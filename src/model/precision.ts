import { unsupported, usageError } from '../base/errors.js';
import { choice } from '../base/options.js';
import type { Engine } from '../engine/engine.js';
import { intOf } from '../graph/attributes.js';
import type { Graph, Node } from '../graph/graph.js';
import { inFloat32 } from '../graph/import/float32.js';
import { type Shapes, sizeAtOne } from '../graph/shapes.js';
import type { Classifier, Precision } from './classifier.js';
import { inDouble, lacksDouble } from './double/index.js';

export const precisions = ['auto', 'float32', 'float64'] as const;
export type PrecisionChoice = (typeof precisions)[number];

export const precisionOption = choice(precisions, {
  doc: 'number type of the computation; auto is float64 for small networks on the CPU',
  default: 'auto',
});

/**
 * Multiply-adds of one sample's forward pass up to which a network is computed in double. Where an activation
 * or the difference of two nearly vanishes, a rectifier or a maximum takes one branch in 32 bits and the
 * other in exact arithmetic, and a gradient jumps; in double that is rarer by eight orders of magnitude. It
 * costs several times as much, which small networks can bear.
 */
export const doubleAtMost = 6e7;

/** Throws where an engine other than the CPU's is asked for double precision. */
export function checkPrecision(choice: PrecisionChoice, engine: Engine, name: string): void {
  if (choice !== 'float64' || engine.name === 'cpu') return;
  throw usageError(
    `${name}: precision 'float64' needs engine 'cpu'; engine '${engine.name}' computes in float32`,
  );
}

/**
 * The requested precision; by default double for small networks. Throws where the engine does not support it.
 */
export function choosePrecision(
  choice: PrecisionChoice,
  engine: Engine,
  { graph, shapes, name }: { readonly graph: Graph; readonly shapes: Shapes; readonly name: string },
): Precision {
  checkPrecision(choice, engine, name);
  const wanted =
    choice === 'auto'
      ? engine.name === 'cpu' && multiplyAdds(graph, shapes) <= doubleAtMost
      : choice === 'float64';
  if (!wanted) return 'float32';
  const lacking = lacksDouble(graph, shapes);
  if (!lacking) return 'float64';
  if (choice === 'auto') return 'float32';
  throw unsupported(
    `${name}: operator '${lacking.op}' (node '${lacking.name}') can't be computed in double; use precision 'float32'`,
  );
}

/** A program's graph in the model's precision; in single precision where an operator has no double form. */
export function inPrecision({ precision, shapes }: Classifier, graph: Graph): Graph {
  return precision === 'float64' ? (inDouble(graph, shapes) ?? inFloat32(graph, { doubles: true })) : graph;
}

/** The engine whose preferred forms of rules are used; in double, the forms that every engine runs. */
export const dialect = ({ precision, engine }: Classifier): string =>
  precision === 'float64' ? 'any' : engine.name;

/** Multiply-adds in the convolutions and matrix products of one sample's forward pass. */
export function multiplyAdds(graph: Graph, shapes: Shapes): number {
  return graph.nodes.reduce((sum, node) => sum + ofNode(node, shapes), 0);
}

function ofNode(node: Node, shapes: Shapes): number {
  const dims = (index: number) => shapes.get(node.inputs[index]!)!.dims;
  const size = (value: string) => sizeAtOne(shapes.get(value)!);
  const each = (lengths: readonly number[]) => lengths.reduce((n, length) => n * length, 1);
  switch (node.op) {
    case 'Conv':
      return size(node.outputs[0]!) * each(dims(1).slice(1));
    case 'ConvTranspose':
      return size(node.inputs[0]!) * each(dims(1).slice(1));
    case 'Gemm':
      return size(node.outputs[0]!) * dims(0)[intOf(node, 'transA', 0) ? 0 : 1]!;
    case 'MatMul':
      return size(node.outputs[0]!) * dims(0).at(-1)!;
    default:
      return 0;
  }
}
