import { inputError, usageError } from '../base/errors.js';
import { int, intOf } from '../graph/attributes.js';
import { numbers } from '../graph/elements.js';
import type { Constant, Graph, Node, Value } from '../graph/graph.js';
import { producersOf } from '../graph/order.js';
import { rewriteNodes } from '../graph/rewrite.js';

/**
 * What makes probabilities of the explained outputs: nothing where they are some already, no way where they
 * are quantities.
 */
export type Link = 'softmax' | 'sigmoid' | 'exp' | 'identity' | 'none';

/** What a model's explained output is. */
export interface Head {
  readonly link: Link;
  /** In one line: what is explained, and how a probability is made of it. */
  readonly says: string;
  /** Raw class scores that are the file's only output: the usual case. */
  readonly plain: boolean;
  /** The file's own output, where the score before its softmax or sigmoid is explained instead. */
  readonly before?: string;
}

/** What a user may say of the output, where the file does not show it or shows it wrongly. */
export const headNames = ['softmax', 'sigmoid', 'probability', 'log-probability', 'regression'] as const;
export type HeadName = (typeof headNames)[number];

const linkOf: Readonly<Record<HeadName, Link>> = {
  softmax: 'softmax',
  sigmoid: 'sigmoid',
  probability: 'identity',
  'log-probability': 'exp',
  regression: 'none',
};

/** What is known of the output before the model has run. */
export interface Aim {
  /** The graph with the explained value as its only output, and the inputs on which it depends. */
  readonly graph: Graph;
  readonly output: string;
  /** The link that the file's last nodes or the user state, if any. */
  readonly link?: Link;
  readonly before?: string;
  /** The operator that was taken off. */
  readonly took?: string;
  /** Other outputs of the file that the user could have meant. */
  readonly others: readonly string[];
}

export interface HeadOptions {
  readonly output?: string;
  /** The number of axes that the output has at least, such as 4 for a map of scores. */
  readonly rank?: number;
  readonly head?: HeadName;
}

/**
 * The value to explain: the requested one; by default the raw score before the softmax or sigmoid at the end
 * of the file's first floating-point output, or that output. Throws where there is no such value.
 */
export function aimOf(graph: Graph, name: string, { output, head, rank }: HeadOptions): Aim {
  const link = head && linkOf[head];
  if (output !== undefined && output !== '') {
    const shown = withOutput(graph, named(graph, output, name));
    const linked = link ?? linkAt(graph, output);
    return { graph: shown, output, others: [], ...(linked && { link: linked }) };
  }
  const [chosen, ...rest] = candidates(graph, rank);
  if (!chosen) {
    const found = graph.outputs.map((v) => `${v.name} (${v.type} [${v.shape ?? '?'}])`).join(', ');
    throw inputError(`${name}: has no output of floating-point numbers; found ${found}`);
  }
  const others = rest.map((v) => v.name);
  const own = { graph: withOutput(graph, chosen), output: chosen.name, others };
  if (link) return { ...own, link };
  const end = endOf(graph, chosen.name);
  if (!end) return isShare(graph, chosen.name) ? { ...own, link: 'identity' } : own;
  const score = behind(graph, end);
  return { ...score, link: end.link, before: chosen.name, took: end.took, others };
}

/** Floating-point outputs; those of the wanted shape, by default a classifier's `[N, K]`, come first. */
function candidates(graph: Graph, rank?: number): Value[] {
  const floats = graph.outputs.filter(({ type }) => type === 'float32');
  const fits = ({ shape }: Value) =>
    shape === undefined || (rank === undefined ? shape.length === 2 : shape.length >= rank);
  return [...floats.filter(fits), ...floats.filter((v) => !fits(v))];
}

function named(graph: Graph, output: string, name: string): Value {
  const own = graph.outputs.find((v) => v.name === output);
  if (own) return own;
  const made = graph.nodes.some((node) => node.outputs.includes(output));
  if (made) return { name: output, type: 'float32' };
  const known = graph.outputs.map((v) => v.name).join(', ');
  throw usageError(
    `${name}: has no output '${output}' (outputs: ${known}; any value of shape [N, K] that a node makes can be named)`,
  );
}

const withOutput = (graph: Graph, output: Value): Graph => ({ ...graph, outputs: [output] });

/** The link of a named value: it ends in a head, or a head follows it on the way to an output. */
function linkAt(graph: Graph, value: string): Link | undefined {
  const own = endOf(graph, value);
  if (own) return own.log ? 'exp' : 'identity';
  if (isShare(graph, value)) return 'identity';
  const known = passedThrough(graph, value);
  for (const { name } of graph.outputs) {
    const end = endOf(graph, name);
    if (end && !end.pair && (known.has(end.score) || passedThrough(graph, end.score).has(value)))
      return end.link;
  }
  return undefined;
}

/** The last step of a classifier: the score that it turns into probabilities or their logarithms, and how. */
interface End {
  readonly score: string;
  readonly link: 'softmax' | 'sigmoid';
  readonly log?: boolean;
  /** The two columns `[1 - p, p]` of one probability p. */
  readonly pair?: boolean;
  /** Nodes after it that change no value; the last comes first. */
  readonly after: readonly Node[];
  readonly took: string;
}

const passes = new Set(['Identity', 'Dropout', 'Flatten', 'Reshape', 'Squeeze', 'Unsqueeze', 'Cast']);

const isPass = ({ op, domain }: Node): boolean => domain === '' && passes.has(op);

/** A value and those that differ from it only in shape. */
function passedThrough(graph: Graph, value: string): ReadonlySet<string> {
  const producers = producersOf(graph);
  const found = new Set([value]);
  for (let node = producers.get(value); node && isPass(node); node = producers.get(node.inputs[0]!))
    found.add(node.inputs[0]!);
  return found;
}

function endOf(graph: Graph, output: string): End | undefined {
  const producers = producersOf(graph);
  const after: Node[] = [];
  let node = producers.get(output);
  while (node && (isPass(node) || bounds(node, graph))) {
    if (isPass(node)) after.push(node);
    node = producers.get(node.inputs[0]!);
  }
  if (node?.domain !== '') return undefined;
  const at = lookup(graph, producers);
  const found = softmaxAt(node, at) ?? sigmoidAt(node, at) ?? pairAt(node, graph, at);
  return found && { ...found, after };
}

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

type Range = readonly [low: number, high: number];

const ends: Readonly<Record<string, Range>> = {
  ...{
    Sigmoid: [0, 1],
    HardSigmoid: [0, 1],
    Softmax: [0, 1],
    Tanh: [-1, 1],
    Erf: [-1, 1],
    Softsign: [-1, 1],
  },
};

/** Whether the last nodes keep a value between 0 and 1, such as HardSigmoid or (tanh(x) + 1) / 2. */
function isShare(graph: Graph, value: string): boolean {
  const [low, high] = rangeOf(graph, value, producersOf(graph));
  return low >= -1e-6 && high <= 1 + 1e-6;
}

/** The bounds of a value by the curves, bounds and scalars at its end; infinite where these set none. */
function rangeOf(graph: Graph, value: string, producers: ReadonlyMap<string, Node>): Range {
  const node = producers.get(value);
  if (node?.domain !== '') return [-Infinity, Infinity];
  const known = ends[node.op];
  if (known) return known;
  const [first = '', second = ''] = node.inputs;
  const inner = (v: string) => rangeOf(graph, v, producers);
  if (isPass(node)) return inner(first);
  const { scalar } = lookup(graph, producers);
  if (node.op === 'Clip') {
    const [low, high] = inner(first);
    return [Math.max(low, scalar(second) ?? -Infinity), Math.min(high, scalar(node.inputs[2]) ?? Infinity)];
  }
  const [a, b] = [scalar(first), scalar(second)];
  const by = a ?? b;
  if (by === undefined) return [-Infinity, Infinity];
  const applied = linear[node.op]?.(by, a !== undefined);
  if (!applied) return [-Infinity, Infinity];
  const [x, y] = inner(a === undefined ? first : second).map(applied) as [number, number];
  return [Math.min(x, y), Math.max(x, y)];
}

/** What an operator with a scalar, as its first or second input, makes of its other input. */
const linear: Readonly<
  Record<string, (by: number, isFirst: boolean) => ((x: number) => number) | undefined>
> = {
  Add: (by) => (x) => x + by,
  Mul: (by) => (x) => x * by,
  Sub: (by, isFirst) => (x) => (isFirst ? by - x : x - by),
  Div: (by, isFirst) => (isFirst ? undefined : (x) => x / by),
};

interface Lookup {
  /**
   * The node that computes a value, skipping nodes that change no value; `undefined` where it has another
   * operator.
   */
  made(value: string | undefined, ...ops: readonly string[]): Node | undefined;
  scalar(value: string | undefined): number | undefined;
  /** The value before all nodes that change no value. */
  source(value: string): string;
}

function lookup(graph: Graph, producers: ReadonlyMap<string, Node>): Lookup {
  const source = (value: string): string => {
    const node = producers.get(value);
    return node?.domain === '' && ['Identity', 'Dropout', 'Cast'].includes(node.op)
      ? source(node.inputs[0]!)
      : value;
  };
  return {
    source,
    made(value, ...ops) {
      const node = value === undefined ? undefined : producers.get(source(value));
      return node && node.domain === '' && ops.includes(node.op) ? node : undefined;
    },
    scalar(value) {
      const found = value === undefined ? undefined : constant(graph, value);
      return found && found.data.length === 1 ? numbers(found)[0] : undefined;
    },
  };
}

function constant(graph: Graph, value: string): Constant | undefined {
  const held = graph.initializers.get(value);
  if (held) return held;
  const node = graph.nodes.find(({ op, outputs }) => op === 'Constant' && outputs[0] === value);
  const given = node?.attributes.value ?? node?.attributes.value_float;
  if (given?.kind === 'tensor') return given.value;
  return given?.kind === 'float'
    ? { type: 'float32', data: Float32Array.of(given.value), shape: [] }
    : undefined;
}

type Found = Omit<End, 'after'>;

/** Softmax, its logarithm, or their parts: exp(x - m) over its sum, x - log(sum(exp(x))). */
function softmaxAt(node: Node, at: Lookup): Found | undefined {
  const [first = '', second = ''] = node.inputs;
  // Along the first axis a softmax is over the samples of a batch.
  if (intOf(node, 'axis', -1) === 0) return undefined;
  switch (node.op) {
    case 'Softmax':
      return { score: first, link: 'softmax', took: 'Softmax' };
    case 'LogSoftmax':
      return { score: first, link: 'softmax', log: true, took: 'LogSoftmax' };
    case 'Log': {
      const inner = at.made(first, 'Softmax', 'Div', 'Sigmoid');
      const found = inner && (softmaxAt(inner, at) ?? sigmoidAt(inner, at));
      return found && !found.log ? { ...found, log: true, took: `Log of ${found.took}` } : undefined;
    }
    case 'Div': {
      const [exp, sum] = [at.made(first, 'Exp'), at.made(second, 'ReduceSum')];
      if (!exp || !sum || at.source(sum.inputs[0]!) !== at.source(first)) return undefined;
      return { score: unshifted(exp.inputs[0]!, at), link: 'softmax', took: 'softmax' };
    }
    case 'Sub': {
      const log = at.made(second, 'Log', 'ReduceLogSumExp');
      const sum = log?.op === 'Log' ? at.made(log.inputs[0], 'ReduceSum') : undefined;
      const summed =
        log?.op === 'ReduceLogSumExp' ? log.inputs[0] : at.made(sum?.inputs[0], 'Exp')?.inputs[0];
      if (summed === undefined || at.source(summed) !== at.source(first)) return undefined;
      return { score: unshifted(first, at), link: 'softmax', log: true, took: 'log-softmax' };
    }
    default:
      return undefined;
  }
}

/** The value before its maximum was subtracted, which a softmax does not notice. */
function unshifted(value: string, at: Lookup): string {
  const shift = at.made(value, 'Sub');
  const most = shift && at.made(shift.inputs[1], 'ReduceMax');
  return most && at.source(most.inputs[0]!) === at.source(shift.inputs[0]!) ? shift.inputs[0]! : value;
}

/** Sigmoid, or 1 / (1 + exp(-x)). */
function sigmoidAt(node: Node, at: Lookup): Found | undefined {
  if (node.op === 'Sigmoid') return { score: node.inputs[0]!, link: 'sigmoid', took: 'Sigmoid' };
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

/**
 * The graph with the score as its output: under its own name, or in the output's shape where that changed
 * after the head.
 */
function behind(graph: Graph, { score, after, pair }: End): { graph: Graph; output: string } {
  const shaping = after.filter(({ op }) => !['Identity', 'Dropout', 'Cast'].includes(op));
  if (shaping.length === 0 && !pair)
    return { graph: withOutput(graph, { name: score, type: 'float32' }), output: score };
  let output = score;
  const added: Node[] = [];
  const add = (node: Node) => {
    added.push(node);
    [output] = node.outputs as [string];
  };
  const last = graph.nodes.at(-1);
  const extended = rewriteNodes(graph, (node, edit) => {
    if (node !== last) return node;
    if (pair) {
      const negative = edit.fresh('sl.score.negative');
      added.push(edit.node('Neg', [score], negative));
      add(edit.node('Concat', [negative, score], edit.fresh('sl.score'), { axis: int(-1) }));
    }
    for (const step of shaping.toReversed()) {
      const made = edit.fresh(`sl.score.${step.op}`);
      add({
        ...step,
        name: edit.fresh(`sl.${step.op}`),
        inputs: [output, ...step.inputs.slice(1)],
        outputs: [made],
      });
    }
    return [node, ...added];
  });
  return { graph: withOutput(extended, { name: output, type: 'float32' }), output };
}

/** The head of an output `[N, K]`; `rows` are its values for some samples. */
export function headOf(
  { link: told, before, took, output, others }: Omit<Aim, 'graph'>,
  rows: { readonly data: ArrayLike<number>; readonly classes: number },
  multiLabel: boolean,
): Head {
  const link =
    told ?? (areProbabilities(rows) ? 'identity' : rows.classes === 1 || multiLabel ? 'sigmoid' : 'softmax');
  const probability: Readonly<Record<Link, string>> = {
    softmax: 'probabilities are its softmax',
    sigmoid: 'probabilities are its sigmoid',
    exp: 'probabilities are its exponential',
    identity: 'it holds probabilities already',
    none: 'it is a quantity and has no probability',
  };
  const single =
    told === undefined && rows.classes === 1
      ? ' (of one output; head regression where it is a quantity)'
      : '';
  const what =
    before === undefined
      ? `'${output}'`
      : `'${output}', the score before the final ${took} (output '${before}' explains what that makes)`;
  const also = others.length > 0 ? `; other outputs: ${others.join(', ')}` : '';
  return {
    link,
    says: `explained is ${what}; ${probability[link]}${single}${also}`,
    plain: before === undefined && link === 'softmax' && others.length === 0,
    ...(before !== undefined && { before }),
  };
}

/** Whether rows hold several numbers from 0 to 1 that sum to 1, for every sample. */
function areProbabilities({
  data,
  classes,
}: {
  readonly data: ArrayLike<number>;
  readonly classes: number;
}): boolean {
  if (classes < 2 || data.length === 0) return false;
  for (let row = 0; row < data.length; row += classes) {
    let total = 0;
    for (let k = row; k < row + classes; k++) {
      if (!(data[k]! >= 0 && data[k]! <= 1)) return false;
      total += data[k]!;
    }
    if (Math.abs(total - 1) > 1e-4) return false;
  }
  return true;
}
