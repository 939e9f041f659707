import { stringOf } from '../../attributes.js';
import type { Walk } from '../../backward.js';
import {
  type ByOperator,
  entryOf,
  type Having,
  is,
  type Operator,
  operatorOf,
} from '../../catalogue/index.js';
import type { Node } from '../../graph.js';
import { type Refusal, refused } from '../../refusal.js';
import { sumsOver } from '../gradient/einsum.js';
import { gradientRuleOf, type WithGradient } from '../gradient/index.js';
import { activeInputs, type GraphFacts } from './graph-facts.js';
import { isBias, layerOf } from './layer.js';

/** The kinds of nodes that relevance rules are chosen by. */
export type LayerKind =
  /** Constant weights shared over positions. */
  | 'convolution'
  /** Constant weights as a matrix. */
  | 'linear'
  /** A constant added by a layer. */
  | 'bias'
  /** A constant added outside a layer. */
  | 'shift'
  /** Multiplication or division by a constant. */
  | 'scale'
  /** A sum of values that depend on the input. */
  | 'sum'
  /** Averages, sums, interpolations and norms over axes: y = sum x dy/dx. */
  | 'average'
  /** A maximum or minimum. */
  | 'maximum'
  /** A function of one value. */
  | 'activation'
  | 'batch-normalisation'
  /** Normalisation by sample statistics. */
  | 'normalisation'
  /** The elementwise product of two values that depend on the input. */
  | 'product'
  | 'quotient'
  /** The matrix product of values that all depend on the input. */
  | 'matrix-product'
  | 'softmax'
  | 'log-softmax'
  /** Data movement: values moved, joined, sliced or repeated. */
  | 'shape';

/** The kind of a node, or why it has no relevance rule. */
export function kindOf(node: Node, walk: Walk, facts: GraphFacts): LayerKind | Refusal {
  const gradient = gradientRuleOf(node);
  if (typeof gradient !== 'function') return gradient ?? refused('it is not known');
  const active = activeInputs(node, walk);
  const entry = entryOf<Kind>(kinds, node) ?? byNature(node);
  const kind = typeof entry === 'function' ? entry(node, active, walk, facts) : entry;
  const ofOne = (kind === 'activation' && entry !== rounded) || is(node, 'normalises');
  return ofOne && (active.length > 1 || (is(node, 'normalises') && active[0] !== node.inputs[0]))
    ? parameters
    : kind;
}

const places = refused('where it samples depends on what is explained');
const parameters = refused('its parameters depend on what is explained');

type Kind = LayerKind | Refusal | Choice;
type Choice = (node: Node, active: readonly string[], walk: Walk, facts: GraphFacts) => LayerKind | Refusal;

/** Operators whose kind follows from their catalogue entry. */
type Natural =
  | Having<{ moves: NonNullable<Operator['moves']> }>
  | Having<{ pointwise: 1 }>
  | Having<{ curve: NonNullable<Operator['curve']> }>
  | Having<{ linear: 'first' | 'all' }>
  | Having<{ homogeneous: true }>
  | Having<{ selects: NonNullable<Operator['selects']> }>
  | Having<{ normalises: NonNullable<Operator['normalises']> }>
  | Having<{ layer: NonNullable<Operator['layer']> }>;

function byNature(node: Node): Kind {
  const { moves, curve, pointwise, selects, normalises, layer, linear } = operatorOf(node)!;
  if (moves) return 'shape';
  if (curve === 'steps') return jumps;
  if (curve || pointwise === 1) return 'activation';
  if (selects) return pointwise ? ofSeveral('maximum', 'activation') : 'maximum';
  if (normalises) return normalises === 'by-constants' ? 'batch-normalisation' : 'normalisation';
  if (layer) return weighted(layer);
  return linear === 'all' ? sum : 'average';
}

/** A layer whose weights depend on the input as well is a matrix product; its bias must be constant. */
const weighted =
  (kind: LayerKind): Choice =>
  (node, _, walk, facts) => {
    if (layerOf(node, walk, facts)) return kind;
    const [a, b, bias = ''] = node.inputs as [string, string, string?];
    const isProduct = walk.needsGradient(a) && walk.needsGradient(b) && !walk.needsGradient(bias);
    return isProduct ? 'matrix-product' : parameters;
  };

const sum: Choice = (node, active, walk, facts) =>
  active.length > 1 ? 'sum' : isBias(node, walk, facts) ? 'bias' : 'shift';

const ofSeveral =
  (kind: LayerKind, ofOne: LayerKind): Choice =>
  (_, active) =>
    active.length > 1 ? kind : ofOne;

const jumps = refused('it is flat wherever it has a slope, and its jumps are due to no one place');

/** Scattered updates are data movement, unless they are combined with the data. */
const scatter: Choice = (node) =>
  stringOf(node, 'reduction', 'none') === 'none' ? 'shape' : refused('its updates are not put but reduced');

/** Scales that depend on the input as well are held: relevance stays with the values. */
const rounded: Choice = (node, active) => (active[0] === node.inputs[0] ? 'activation' : parameters);

const kinds: ByOperator<Kind, Exclude<WithGradient, Natural>> & Partial<ByOperator<Kind, Natural>> = {
  DequantizeLinear: rounded,
  Div(node, active, walk) {
    if (active.length > 1) return 'quotient';
    return walk.needsGradient(node.inputs[0]!) ? 'scale' : 'activation';
  },
  Einsum(node, active, walk, facts) {
    if (node.inputs.length === 1) return sumsOver(node) ? 'average' : 'shape';
    if (layerOf(node, walk, facts)) return 'linear';
    return active.length > 1 ? 'matrix-product' : 'average';
  },
  GridSample: ({ inputs }, active) => (active.includes(inputs[1]!) ? places : 'average'),
  LRN: 'activation',
  LogSoftmax: 'log-softmax',
  Mean: 'sum',
  Mod: jumps,
  Mul: ofSeveral('product', 'scale'),
  Pad: 'shape',
  QuantizeLinear: rounded,
  ReduceLogSum: refused('exporters write it as two operators'),
  // The gradient of a smooth maximum gives each value its share of 1.
  ReduceLogSumExp: 'maximum',
  ReduceProd: refused(
    'a product of many values has no published rule, and networks have it in shape arithmetic alone',
  ),
  ReduceSumSquare: 'matrix-product',
  Round: 'activation',
  ScatterElements: scatter,
  ScatterND: scatter,
  Softmax: 'softmax',
  Where: 'shape',
};
