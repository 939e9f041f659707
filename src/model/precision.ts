import { unsupported, usageError } from '../base/errors.js';
import { choice } from '../base/options.js';
import type { Engine } from '../engine/engine.js';
import { intOf } from '../graph/attributes.js';
import { type Graph, type Node, placeOf } from '../graph/graph.js';
import { inFloat32 } from '../graph/import/operators/float32.js';
import { type Shapes, sizeAtOne } from '../graph/shapes.js';
import type { Classifier, Precision } from './classifier.js';
import { inDouble, lacksDouble } from './double/index.js';
import { inHalf } from './half.js';

export const precisions = ['auto', 'float32', 'float64', 'tf32', 'float16'] as const;
export type PrecisionChoice = (typeof precisions)[number];

export const precisionOption = choice(precisions, {
  doc: 'number type of the computation; auto is float64 for small networks on the CPU, else float32; tf32 and float16 trade digits for speed on engine cuda',
  default: 'auto',
});

/**
 * Multiply-adds of one sample's forward pass up to which a network is computed in double. Where an activation
 * or the difference of two nearly vanishes, a rectifier or a maximum takes one branch in 32 bits and the
 * other in exact arithmetic, and a gradient jumps; in double that is rarer by eight orders of magnitude. It
 * costs several times as much, which small networks can bear.
 */
export const doubleAtMost = 6e7;

/** The engines that compute in a precision; all do in float32. */
const computing: Readonly<Record<Exclude<Precision, 'float32'>, readonly string[]>> = {
  float64: ['cpu'],
  tf32: ['cuda'],
  float16: ['cuda', 'cpu'],
};

/** Throws where an engine does not compute in a precision, or was opened for another one. */
export function checkPrecision(
  choice: PrecisionChoice,
  { name: on, tf32 = false }: Engine,
  name: string,
): void {
  if (choice === 'auto') return;
  const engines = choice === 'float32' ? [on] : computing[choice];
  if (!engines.includes(on)) {
    const needed = engines.map((engine) => `'${engine}'`).join(' or ');
    throw usageError(
      `${name}: precision '${choice}' needs engine ${needed}; engine '${on}' computes in float32`,
    );
  }
  if (tf32 !== (choice === 'tf32')) {
    throw usageError(
      `${name}: precision '${choice}' needs an engine opened ${tf32 ? 'without' : 'with'} tf32`,
    );
  }
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
  if (choice === 'tf32' || choice === 'float16') return choice;
  if (engine.tf32) return 'tf32';
  const wanted =
    choice === 'auto'
      ? engine.name === 'cpu' && multiplyAdds(graph, shapes) <= doubleAtMost
      : choice === 'float64';
  if (!wanted) return 'float32';
  const lacking = lacksDouble(graph, shapes);
  if (!lacking) return 'float64';
  if (choice === 'auto') return 'float32';
  throw unsupported(
    `${name}: operator '${lacking.op}' (${placeOf(lacking)}) can't be computed in double; use precision 'float32'`,
  );
}

/** A program's graph in the model's precision; in single precision where an operator has no double form. */
export function inPrecision({ precision, shapes }: Classifier, graph: Graph): Graph {
  if (precision === 'float16') return inHalf(graph);
  return precision === 'float64' ? (inDouble(graph, shapes) ?? inFloat32(graph, { doubles: true })) : graph;
}

/** The engine whose preferred forms of rules are used; in other types, the forms that every engine runs. */
export const dialect = ({ precision, engine }: Classifier): string =>
  precision === 'float64' || precision === 'float16' ? 'any' : engine.name;

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
