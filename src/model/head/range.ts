import { intOf } from '../../graph/attributes.js';
import { wholeRanges } from '../../graph/element-types.js';
import { numbers } from '../../graph/elements.js';
import type { Graph, Node } from '../../graph/graph.js';
import { ancestors, producersOf } from '../../graph/order.js';
import { dataTypes } from '../../graph/schema.js';
import { classicalRange } from './classical.js';
import { curveAfter, oddsOf } from './curve.js';
import { endOf } from './end.js';
import { constant, isPass, lookup } from './lookup.js';
import { piecewiseRange } from './piecewise.js';
import { softCapped } from './soft-cap.js';

type Range = readonly [low: number, high: number];
const open: Range = [-Infinity, Infinity];

const ends: Readonly<Record<string, Range>> = {
  Sigmoid: [0, 1],
  HardSigmoid: [0, 1],
  Softmax: [0, 1],
  Tanh: [-1, 1],
  Erf: [-1, 1],
  Softsign: [-1, 1],
  Atan: [-Math.PI / 2, Math.PI / 2],
};

/** Operators whose output is never negative. */
const positive = new Set(['Relu', 'Softplus', 'Abs', 'Sqrt', 'ReduceL1', 'ReduceL2', 'ReduceSumSquare']);

/** Operators whose output holds numbers, or means of numbers, of their first input, and of all inputs. */
const picks = new Set([
  ...['Slice', 'Gather', 'GatherElements', 'Split', 'TopK', 'ReduceMax', 'ReduceMin', 'ReduceMean'],
]);
const floating = new Set<number>([
  ...[dataTypes.float32, dataTypes.float64, dataTypes.float16, dataTypes.bfloat16],
]);
const mixes = new Set(['Concat', 'Mean', 'Max', 'Min']);

/** Whether the last nodes keep a value between 0 and 1, such as HardSigmoid or (tanh(x) + 1) / 2. */
export function isShare(graph: Graph, value: string): boolean {
  return isWithin(rangeOf(graph, value, producersOf(graph)));
}

/** Whether a value is the logarithm of numbers between 0 and 1. */
export function isLogOfShare(graph: Graph, value: string): boolean {
  const producers = producersOf(graph);
  const isLog = (part: string): boolean => {
    if (endOf(graph, part)?.log) return true;
    const end = endAt(part, producers);
    if (end?.domain !== '') return false;
    if (end.op === 'Concat' || end.op === 'Max' || end.op === 'Min') return end.inputs.every(isLog);
    if (end.op !== 'TopK' && picks.has(end.op) && end.op !== 'ReduceMean') return isLog(end.inputs[0]!);
    if (end.op !== 'Log') return false;
    const [low, high] = rangeOf(graph, end.inputs[0]!, producers);
    return low >= -NEAR && high <= 1 + NEAR;
  };
  return isLog(value);
}

/** Whether a value is the log-odds of numbers between 0 and 1. */
export function isLogOddsOfShare(graph: Graph, value: string): boolean {
  const producers = producersOf(graph);
  const end = endAt(value, producers);
  const p = end?.domain === '' ? oddsOf(end, lookup(graph, producers)) : undefined;
  return p !== undefined && isWithin(rangeOf(graph, p, producers));
}

/** Whether a value is what a regressor of classical learning gives, such as a regression forest. */
export function isRegression(graph: Graph, value: string): boolean {
  const end = endAt(value, producersOf(graph));
  return end?.domain === 'ai.onnx.ml' && end.op.endsWith('Regressor');
}

/** How far a number that keeps a logarithm finite moves a probability at most. */
const NEAR = 1e-3;

const isWithin = ([low, high]: Range) => low >= -1e-6 && high <= 1 + 1e-6;

/** What the last nodes tell of the columns of a value `[N, K]`. */
export interface Columns {
  /** They keep it at or above 0, or at or below: an age or a count, and no raw score. */
  readonly oneSign: boolean;
  /**
   * They make all of it positive by other means than a rectifier, which may end a score: exponentials,
   * distances, variances.
   */
  readonly positive: boolean;
  /** They keep all of it within bounds by other means than a rectifier or Clip. */
  readonly bounded: boolean;
  /** They join columns of different ranges, such as a mean and a variance, or a class's share and an age. */
  readonly mixed: boolean;
  /** They make a column of another, such as a bound of a mean. */
  readonly nested: boolean;
  /** They put the values in order, so that a column is a place in it and no class. */
  readonly ranked: boolean;
  /** The operator that makes whole numbers of the scores, such as the index of the largest. */
  readonly decidedBy?: string;
  /** The operators that make something else of a layer's scores, where so many columns are left. */
  readonly curve: (classes: number) => readonly string[] | undefined;
}

export function columnsOf(graph: Graph, value: string): Columns {
  const producers = producersOf(graph);
  const range = rangeOf(graph, value, producers);
  const free = rangeOf(graph, value, producers, { cut: false, far: true });
  const parts = partsOf(value, producers).filter((part) => !constant(graph, part));
  const kinds = parts.map((part) => kindOf(rangeOf(graph, part, producers)));
  return {
    oneSign: range[0] >= 0 || range[1] <= 0 || isRectified(graph, value, producers),
    positive: free[0] >= 0,
    bounded: free.every(Number.isFinite),
    mixed: new Set(kinds).size > 1,
    nested: parts.some((part) => {
      const before = ancestors(graph, part);
      return parts.some((other) => other !== part && before.has(other));
    }),
    ranked: endAt(value, producers)?.op === 'TopK',
    decidedBy: decision(value, producers),
    curve: (classes) => curveAfter(graph, value, producers, classes),
  };
}

const decisions = new Set([
  ...['ArgMax', 'ArgMin', 'OneHot', 'Equal', 'Greater', 'GreaterOrEqual', 'Less', 'LessOrEqual'],
  ...['And', 'Or', 'Xor', 'Not', 'Sign', 'Round', 'Floor', 'Ceil'],
]);

/** The node that makes a value, before nodes that only shape it. */
function endAt(value: string, producers: ReadonlyMap<string, Node>): Node | undefined {
  const node = producers.get(value);
  return node && isPass(node) ? endAt(node.inputs[0]!, producers) : node;
}

function decision(value: string, producers: ReadonlyMap<string, Node>): string | undefined {
  const node = producers.get(value);
  if (node?.domain !== '') return undefined;
  if (decisions.has(node.op) || (node.op === 'TopK' && value === node.outputs[1])) return node.op;
  if (node.op === 'Cast' && !floating.has(intOf(node, 'to', dataTypes.float32))) return node.op;
  return isPass(node) || picks.has(node.op) ? decision(node.inputs[0]!, producers) : undefined;
}

function kindOf(range: Range): 'share' | 'positive' | 'negative' | 'open' {
  if (isWithin(range)) return 'share';
  return range[0] >= 0 ? 'positive' : range[1] <= 0 ? 'negative' : 'open';
}

/** The values that are joined side by side to a value `[N, K]`. */
function partsOf(value: string, producers: ReadonlyMap<string, Node>): readonly string[] {
  const node = producers.get(value);
  if (node?.domain !== '') return [value];
  if (isPass(node)) return partsOf(node.inputs[0]!, producers);
  const joins = node.op === 'Concat' && Math.abs(intOf(node, 'axis', 0)) === 1;
  return joins ? node.inputs.flatMap((part) => partsOf(part, producers)) : [value];
}

/** Operators that measure distances: e to the power of minus one is a similarity and no share. */
const distances = new Set(['Abs', 'ReduceL1', 'ReduceL2', 'ReduceSumSquare']);

/** What sets bounds: rectifiers and Clip (`cut`), distances and squares (`far`). */
interface Setting {
  readonly cut: boolean;
  readonly far: boolean;
}

/** The bounds of a value by the curves, bounds and constants at its end; infinite where these set none. */
function rangeOf(
  graph: Graph,
  value: string,
  producers: ReadonlyMap<string, Node>,
  { cut, far }: Setting = { cut: true, far: true },
): Range {
  const held = constant(graph, value);
  if (held) return extremes(numbers(held));
  const node = producers.get(value);
  if (node?.domain === 'ai.onnx.ml') return classicalRange(node);
  if (node?.domain !== '') return open;
  const [first = '', second = ''] = node.inputs;
  const inner = (v: string) => rangeOf(graph, v, producers, { cut, far });
  const at = lookup(graph, producers);
  const { scalar, made, same } = at;
  const capped = softCapped(node, at);
  if (capped !== undefined) return inner(capped);
  /** Whether a value is part of a sum of values that are never negative: that sum, or one of its terms. */
  const isAmong = (part: string, whole: string): boolean => {
    if (same(whole, part) || same(made(whole, 'ReduceSum', 'ReduceL1')?.inputs[0], part)) return true;
    const terms = made(whole, 'Add')?.inputs ?? [];
    return terms.some((term, i) => isAmong(part, term) && inner(terms[1 - i]!)[0] >= 0);
  };
  /** Whether a value is divided by its size and more, as x / (1 + |x|) or x / sqrt(1 + x^2). */
  const isShareOfLength = (part: string, whole: string): boolean => {
    if (same(made(whole, 'Abs')?.inputs[0], part)) return true;
    const squares = made(made(whole, 'Sqrt')?.inputs[0], 'Add', 'Mul', 'Pow');
    const terms = squares?.op === 'Add' ? squares.inputs : squares ? [squares.outputs[0]!] : [];
    if (terms.some((term, i) => isSquareOf(term, part) && (inner(terms[1 - i] ?? term)[0] ?? 0) >= 0))
      return true;
    const sides = made(whole, 'Add')?.inputs ?? [];
    return sides.some((side, i) => isShareOfLength(part, side) && inner(sides[1 - i]!)[0] >= 0);
  };
  const isSquareOf = (square: string, of: string) => {
    const node = made(square, 'Mul', 'Pow');
    if (!node || !same(node.inputs[0], of)) return false;
    return node.op === 'Mul' ? same(node.inputs[1], of) : scalar(node.inputs[1]) === 2;
  };
  /** How many times a value a compared one is, where that is a positive constant. */
  const multipleOf = (value: string, of: string): number | undefined => {
    if (same(value, of)) return 1;
    const factors = made(value, 'Mul')?.inputs ?? [];
    const by = factors.some((factor) => same(factor, of)) ? factors.map(scalar).find(Number) : undefined;
    return by !== undefined && by > 0 ? by : undefined;
  };
  const quotient = (part: string, whole: string): Range => {
    const by = scalar(whole);
    if (by) return product(inner(part), [1 / by, 1 / by]);
    const above = inner(part)[0] >= 0;
    if (isShareOfLength(part, whole)) return above ? [0, 1] : [-1, 1];
    if (above && isAmong(part, whole)) return [0, 1];
    const factors = made(part, 'Mul')?.inputs ?? [];
    const [factor] = factors.flatMap((v) => scalar(v) ?? []);
    const other = factors.find((v) => scalar(v) === undefined);
    if (factor !== undefined && other !== undefined) return product(quotient(other, whole), [factor, factor]);
    return above && inner(whole)[0] >= 0 ? [0, Infinity] : open;
  };
  if (!cut && (node.op === 'Relu' || node.op === 'Clip')) return inner(first);
  const isSquare = (node.op === 'Mul' && first === second) || (node.op === 'Pow' && scalar(second) === 2);
  if (isSquare && far) return [0, Infinity];
  if (node.op === 'Pow' && inner(first)[0] >= 0 && (scalar(second) ?? 0) > 0)
    return inner(first).map((bound) => bound ** scalar(second)!) as [number, number];
  if (node.op === 'Exp' && isProductOfShares(first, inner, producers)) return [0, 1];
  if (!far && distances.has(node.op)) return open;
  const known = ends[node.op] ?? (positive.has(node.op) ? [0, Infinity] : undefined);
  if (known) return known;
  if (node.op === 'TopK' && value === node.outputs[1]) return open;
  if (isPass(node) || picks.has(node.op)) return inner(first);
  if (mixes.has(node.op)) return extremes(node.inputs.flatMap(inner));
  switch (node.op) {
    case 'Clip': {
      const [low, high] = inner(first);
      return [Math.max(low, scalar(second) ?? -Infinity), Math.min(high, scalar(node.inputs[2]) ?? Infinity)];
    }
    case 'Exp': {
      const power = rangeOf(graph, first, producers, { cut, far: false });
      return power.map(Math.exp) as [number, number];
    }
    case 'Log':
      return inner(first).map((bound) => Math.log(Math.max(bound, 0))) as [number, number];
    case 'CumSum': {
      const [low, high] = inner(first);
      if (endAt(first, producers)?.op === 'Softmax') return [0, 1];
      return [low >= 0 ? 0 : -Infinity, high <= 0 ? 0 : Infinity];
    }
    case 'ReduceProd':
      return isWithin(inner(first)) ? [0, 1] : open;
    case 'ReduceSum': {
      const [low, high] = inner(first);
      return [low >= 0 ? 0 : -Infinity, high <= 0 ? 0 : Infinity];
    }
    case 'Where': {
      const ofShares = piecewiseRange(graph, value, producers, (v) => isWithin(inner(v)));
      if (ofShares) return ofShares;
      // Softplus as torch exports it: x itself where x > 20.
      const [, x = '', other = ''] = node.inputs;
      const above = made(first, 'Greater', 'GreaterOrEqual');
      const by = above ? multipleOf(above.inputs[0]!, x) : undefined;
      const least = by === undefined ? undefined : scalar(above!.inputs[1]);
      const [low, high] = inner(x);
      return extremes([Math.max(low, least === undefined ? -Infinity : least / by!), high, ...inner(other)]);
    }
    case 'Neg':
      return negated(inner(first));
    case 'Add':
      return sum(inner(first), inner(second));
    case 'Sub':
      return sum(inner(first), negated(inner(second)));
    case 'Mul':
      return product(inner(first), inner(second));
    case 'Div':
      return quotient(first, second);
    default:
      return open;
  }
}

/** Whether zero is the least of the quantised values, as where a quantiser took a rectifier into them. */
function isRectified(graph: Graph, value: string, producers: ReadonlyMap<string, Node>): boolean {
  const node = producers.get(value);
  if (!node || !isPass(node)) return false;
  const zero = node.op === 'DequantizeLinear' ? constant(graph, node.inputs[2] ?? '') : undefined;
  if (zero && numbers(zero).every((zeroAt) => zeroAt === wholeRanges[zero.type]?.[0])) return true;
  return isRectified(graph, node.inputs[0]!, producers);
}

/** Whether a value is the logarithm of numbers from 0 to 1, or a sum of such, as of chances that all miss. */
function isProductOfShares(
  value: string,
  range: (value: string) => Range,
  producers: ReadonlyMap<string, Node>,
): boolean {
  const end = endAt(value, producers);
  const log = end?.op === 'ReduceSum' ? endAt(end.inputs[0]!, producers) : end;
  return log?.op === 'Log' && log.domain === '' && isWithin(range(log.inputs[0]!));
}

const extremes = (values: readonly number[]): Range => [
  values.reduce((a, b) => Math.min(a, b), Infinity),
  values.reduce((a, b) => Math.max(a, b), -Infinity),
];
const negated = ([low, high]: Range): Range => [-high, -low];
const sum = (a: Range, b: Range): Range => [a[0] + b[0], a[1] + b[1]];
/** 0 times infinity counts as 0: nothing that is infinite is reached. */
const product = (a: Range, b: Range): Range =>
  extremes(a.flatMap((x) => b.map((y) => (x === 0 || y === 0 ? 0 : x * y))));
