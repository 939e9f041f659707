import { floatOf } from '../../graph/attributes.js';
import type { Rule, Walk } from '../../graph/backward.js';
import type { Node } from '../../graph/graph.js';
import * as f from '../../graph/rules/formula.js';
import type { RuleChoice } from '../backward.js';

/** A bias times the gradient by it, in the shape of the value that it is a part of. */
export interface BiasTerm {
  readonly term: string;
  readonly at: string;
}

/** The same rules, and on the way the bias terms of every node are added to `terms`. */
export function recordingBiases(rules: RuleChoice, terms: BiasTerm[]): RuleChoice {
  return (node) => {
    const rule = rules(node);
    if (!rule) return undefined;
    return (target, gradients, walk) => {
      const found = rule(target, gradients, walk);
      const term = gradients[0] === undefined ? undefined : termOf(target, gradients[0], found, walk);
      if (term !== undefined) terms.push({ term, at: target.outputs[0]! });
      return found;
    };
  };
}

/**
 * g b with b = y - sum x dy/dx, what a node's output has beyond a linear function of its inputs: a declared bias, the
 * shift that is left of a BatchNormalization, or the implicit bias of a curve (Srinivas & Fleuret, equation 4).
 */
function termOf(node: Node, g: string, found: ReturnType<Rule>, walk: Walk): string | undefined {
  const y = node.outputs[0]!;
  const active = node.inputs.filter((v) => v !== '' && walk.wanted(v));
  if (declared.has(node.op)) return withBias(node, g, walk);
  if (node.op === 'Concat') return withConstants(node, g, active, walk);
  if (straight.has(node.op)) return undefined;
  if (active.length === 2) {
    if (bilinear.has(node.op)) return f.neg(walk, f.mul(walk, g, y));
    return node.op === 'Div' ? f.mul(walk, g, y) : undefined;
  }
  const at = node.inputs.indexOf(active[0]!);
  if (bilinear.has(node.op) || (node.op === 'Div' && at === 0)) return undefined;
  const slope = found[at];
  if (active.length !== 1 || slope === undefined || !sameShape(walk, active[0]!, y)) return undefined;
  return f.sub(walk, f.mul(walk, g, y), f.mul(walk, slope, active[0]!));
}

const declared = new Set(['Conv', 'ConvTranspose', 'Gemm']);
const bilinear = new Set(['Mul', 'MatMul', 'Einsum']);

/** y is the sum of x dy/dx. */
const straight = new Set([
  ...[
    'Relu',
    'LeakyRelu',
    'PRelu',
    'Abs',
    'Neg',
    'Identity',
    'Dropout',
    'Cast',
    'Reshape',
    'Transpose',
    'Pad',
  ],
  ...['MaxPool', 'AveragePool', 'Resize', 'Expand', 'Tile', 'CumSum'],
]);

function withBias(node: Node, g: string, walk: Walk): string | undefined {
  const bias = node.inputs[2];
  if (!bias) return undefined;
  if (node.op === 'Gemm') return f.mul(walk, g, f.mul(walk, bias, floatOf(node, 'beta', 1)));
  const { dims } = walk.shape(node.outputs[0]!);
  return f.mul(walk, g, f.reshape(walk, bias, [1, -1, ...dims.slice(2).map(() => 1)]));
}

/** Constants joined to other values, such as a class token, are biases as well. */
function withConstants(node: Node, g: string, active: readonly string[], walk: Walk): string | undefined {
  if (active.length === node.inputs.length) return undefined;
  const parts = node.inputs.map((v) => (active.includes(v) ? f.expandLike(walk, 0, v) : v));
  return f.mul(walk, g, walk.emit('Concat', parts, node.attributes));
}

function sameShape(walk: Walk, a: string, b: string): boolean {
  const [left, right] = [walk.shape(a).dims, walk.shape(b).dims];
  return left.length === right.length && left.every((n, axis) => n === right[axis]);
}
