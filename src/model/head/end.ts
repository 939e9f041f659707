import { intOf, intsOf } from '../../graph/attributes.js';
import { numbers } from '../../graph/elements.js';
import type { Graph, Node } from '../../graph/graph.js';
import { producersOf } from '../../graph/order.js';
import { constant, isPass, type Lookup, lookup } from './lookup.js';

/** The last step of a classifier: the score that it turns into probabilities or their logarithms, and how. */
export interface End {
  readonly score: string;
  readonly link: 'softmax' | 'sigmoid';
  readonly log?: boolean;
  /** The two columns `[1 - p, p]` of one probability p. */
  readonly pair?: boolean;
  /** Nodes after it that change no value; the last comes first. */
  readonly after: readonly Node[];
  readonly took: string;
  /** The axis of a softmax, as the node writes it. */
  readonly axis?: number;
}

/** A value and those that differ from it only in shape. */
export function passedThrough(graph: Graph, value: string): ReadonlySet<string> {
  const producers = producersOf(graph);
  const found = new Set([value]);
  for (let node = producers.get(value); node && isPass(node); node = producers.get(node.inputs[0]!))
    found.add(node.inputs[0]!);
  return found;
}

/** The last step before an output, where it is a softmax or sigmoid. */
export function endOf(graph: Graph, output: string): End | undefined {
  const producers = producersOf(graph);
  const after: Node[] = [];
  let node = producers.get(output);
  while (node && (isPass(node) || isTransposed(node) || bounds(node, graph))) {
    if (!bounds(node, graph)) after.push(node);
    node = producers.get(node.inputs[0]!);
  }
  if (node?.domain !== '') return undefined;
  const at = lookup(graph, producers);
  const found = softmaxAt(node, at) ?? sigmoidAt(node, at) ?? pairAt(node, graph, at);
  return found && { ...found, after };
}

/** The axes of scores of places in another order, as TensorFlow's files have their channels last. */
const isTransposed = (node: Node) =>
  node.op === 'Transpose' && node.domain === '' && intsOf(node, 'perm')?.[0] === 0;

/** A Clip that keeps probabilities away from 0 and 1, as losses require. */
function bounds(node: Node, graph: Graph): boolean {
  if (node.op !== 'Clip' || node.domain !== '') return false;
  const bound = (index: number, otherwise: number) => {
    const given = node.inputs[index] ? constant(graph, node.inputs[index]!) : undefined;
    return given ? numbers(given)[0]! : node.inputs[index] ? Number.NaN : otherwise;
  };
  const [low, high] = [bound(1, 0), bound(2, 1)];
  return low <= 1e-3 && high >= 1 - 1e-3;
}

type Found = Omit<End, 'after'>;

/** Softmax, its logarithm, or their parts: exp(x - m) over its sum, x - log(sum(exp(x))). */
function softmaxAt(node: Node, at: Lookup): Found | undefined {
  const [first = '', second = ''] = node.inputs;
  // Along the first axis a softmax is over the samples of a batch.
  const axis = intOf(node, 'axis', -1);
  if (axis === 0) return undefined;
  switch (node.op) {
    case 'Softmax':
      return { score: first, link: 'softmax', took: 'Softmax', axis };
    case 'LogSoftmax':
      return { score: first, link: 'softmax', log: true, took: 'LogSoftmax', axis };
    case 'Log': {
      const inner = at.made(kept(first, at), 'Softmax', 'Div', 'Sigmoid');
      const found = inner && (softmaxAt(inner, at) ?? sigmoidAt(inner, at));
      return found && !found.log ? { ...found, log: true, took: `Log of ${found.took}` } : undefined;
    }
    case 'Div': {
      const [exp, sum] = [at.made(first, 'Exp'), at.made(second, 'ReduceSum')];
      if (!exp || !sum || !at.same(sum.inputs[0], first)) return undefined;
      return { score: unshifted(exp.inputs[0]!, at), link: 'softmax', took: 'softmax' };
    }
    case 'Sub': {
      const log = at.made(second, 'Log', 'ReduceLogSumExp');
      const sum = log?.op === 'Log' ? at.made(log.inputs[0], 'ReduceSum') : undefined;
      const summed =
        log?.op === 'ReduceLogSumExp' ? log.inputs[0] : at.made(sum?.inputs[0], 'Exp')?.inputs[0];
      if (!at.same(summed, first)) return undefined;
      return { score: unshifted(first, at), link: 'softmax', log: true, took: 'log-softmax' };
    }
    default:
      return undefined;
  }
}

/** The value before a small number was added, which keeps its logarithm finite. */
function kept(value: string, at: Lookup): string {
  const sum = at.made(value, 'Add');
  const [moving, ...others] = sum?.inputs.filter((v) => !(Math.abs(at.scalar(v) ?? 1) <= 1e-3)) ?? [];
  return moving !== undefined && others.length === 0 ? moving : value;
}

/** The value before its maximum was subtracted, which a softmax does not notice. */
function unshifted(value: string, at: Lookup): string {
  const shift = at.made(value, 'Sub');
  const most = shift && at.made(shift.inputs[1], 'ReduceMax');
  return most && at.source(most.inputs[0]!) === at.source(shift.inputs[0]!) ? shift.inputs[0]! : value;
}

/** Sigmoid, or 1 / (1 + exp(-x)), perhaps as a reciprocal times 1, or the logarithm -softplus(-x). */
function sigmoidAt(node: Node, at: Lookup): Found | undefined {
  const isOnce = node.op === 'Mul' && node.inputs.some((value) => at.scalar(value) === 1);
  const [inner] = isOnce ? node.inputs.flatMap((value) => at.made(value, 'Reciprocal') ?? []) : [];
  if (inner) return sigmoidAt(inner, at);
  if (node.op === 'Sigmoid') return { score: node.inputs[0]!, link: 'sigmoid', took: 'Sigmoid' };
  const soft = node.op === 'Neg' ? at.made(node.inputs[0], 'Softplus') : undefined;
  const turned = at.made(soft?.inputs[0], 'Neg');
  if (turned) return { score: turned.inputs[0]!, link: 'sigmoid', log: true, took: 'log-sigmoid' };
  const below =
    node.op === 'Reciprocal'
      ? node.inputs[0]
      : node.op === 'Div' && at.scalar(node.inputs[0]) === 1
        ? node.inputs[1]
        : undefined;
  const sum = at.made(below, 'Add');
  const exp = sum?.inputs.map((v) => at.made(v, 'Exp')).find(Boolean);
  const negated = exp && at.made(exp.inputs[0], 'Neg');
  return negated && sum?.inputs.some((v) => at.scalar(v) === 1)
    ? { score: negated.inputs[0]!, link: 'sigmoid', took: 'sigmoid' }
    : undefined;
}

/** The columns `[1 - p, p]`, as scikit-learn exports two classes of one sigmoid. */
function pairAt(node: Node, graph: Graph, at: Lookup): Found | undefined {
  if (node.op !== 'Concat' || node.inputs.length !== 2) return undefined;
  const [rest, p] = node.inputs as [string, string];
  const sub = at.made(rest, 'Sub');
  if (!sub || at.scalar(sub.inputs[0]) !== 1 || at.source(sub.inputs[1]!) !== at.source(p)) return undefined;
  const inner = endOf(graph, p);
  return inner?.link === 'sigmoid' && !inner.log && !inner.pair
    ? { score: inner.score, link: 'sigmoid', pair: true, took: inner.took }
    : undefined;
}
