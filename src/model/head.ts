import { inputError, usageError } from '../base/errors.js';
import { choice } from '../base/options.js';
import type { Graph, Value } from '../graph/graph.js';
import { ancestors, producersOf } from '../graph/order.js';
import { endOf, passedThrough } from './head/end.js';
import { belowLayers } from './head/layers.js';
import { isKept } from './head/lookup.js';
import { type Columns, columnsOf, isLogOddsOfShare, isLogOfShare, isShare } from './head/range.js';
import { behind, withOutput } from './head/score.js';
import { type Boxes, boxesIn, joinsBoxes } from './joined-boxes.js';

/**
 * What makes probabilities of the explained outputs: nothing where they are some already, no way where they
 * are quantities.
 */
export type Link = 'softmax' | 'sigmoid' | 'exp' | 'identity' | 'none';

/** What a model's explained output is. */
export interface Head {
  readonly link: Link;
  /** Which value it is, and how a probability is made of it. */
  readonly says: string;
  /** Raw class scores that are the file's only output: the usual case. */
  readonly plain: boolean;
  /** How probabilities are made, where neither the file nor the user states it and it may be a quantity. */
  readonly assumed?: string;
  /** Name of the value that is explained, before it is brought to rows `[N, K]`. */
  readonly of?: string;
  /** Other outputs of the file that could be explained. */
  readonly others?: readonly string[];
  /** The axis that a softmax goes over, which a named value is the score or the result of. */
  readonly axis?: number;
  /** The file's own output, where the score before its softmax or sigmoid is explained instead. */
  readonly before?: string;
}

/** In one line, what the output is: it is explained itself, or a stated target makes another number of it. */
export const headInWords = ({ says }: Head, target?: unknown): string =>
  `${target === undefined ? 'explained' : 'the output'} is ${says}`;

/** What a user may say of the output, where the file does not show it or shows it wrongly. */
export const headNames = ['softmax', 'sigmoid', 'probability', 'log-probability', 'regression'] as const;
export type HeadName = (typeof headNames)[number];

/** What a user says of the output of a model. */
export const headOption = choice(headNames, {
  doc: 'meaning of the output, where the file does not show it',
  default: 'softmax',
});

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
  /** The value and the axis of a softmax that was taken off. */
  readonly softmax?: { readonly of: string; readonly axis: number };
  /** The axis of the softmax that a named value is the score or the result of. */
  readonly axis?: number;
  /** What the file's last nodes tell of the output's columns. */
  readonly columns?: Columns;
  /** How many numbers the softmax goes over that follows a named value, as the file declares. */
  readonly over?: number;
  /** Why there is no probability. */
  readonly why?: string;
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
    const linked = link === undefined ? linkAt(graph, output) : { link };
    const columns = columnsOf(graph, output);
    const axis = softmaxAxis(graph, output);
    return {
      ...{ graph: shown, output, others: [], columns },
      ...linked,
      ...(axis !== undefined && { axis }),
    };
  }
  const [chosen, ...rest] = candidates(graph, rank);
  if (!chosen) {
    const found = graph.outputs.map((v) => `${v.name} (${v.type} [${v.shape ?? '?'}])`).join(', ');
    const way = scoresBehind(graph);
    const hint = way === undefined ? '' : `; it picks the greatest of '${way}', which option output takes`;
    throw inputError(`${name}: has no output of floating-point numbers; found ${found}${hint}`);
  }
  const others = rest.map((v) => v.name);
  const columns = columnsOf(graph, chosen.name);
  const own = { graph: withOutput(graph, chosen), output: chosen.name, columns, others };
  if (link) return { ...own, link };
  const end = endOf(graph, chosen.name);
  if (!end) return { ...own, ...shareAt(graph, chosen.name) };
  const score = behind(graph, end);
  const softmax = end.axis !== undefined && { softmax: { of: end.score, axis: end.axis } };
  return { ...score, link: end.link, before: chosen.name, took: end.took, others, ...softmax };
}

/** The scores of which the file's only output is the index of the greatest. */
function scoresBehind(graph: Graph): string | undefined {
  const producers = producersOf(graph);
  let node = producers.get(graph.outputs[0]?.name ?? '');
  while (node && ['Cast', 'Squeeze', 'Reshape', 'Identity'].includes(node.op))
    node = producers.get(node.inputs[0]!);
  return node?.op === 'ArgMax' || node?.op === 'TopK' ? node.inputs[0] : undefined;
}

/** The aim with the link that a graph in plain operators tells, where the file's own nodes tell none. */
export const seenIn = (graph: Graph, aim: Aim): Aim =>
  aim.link === undefined && aim.before === undefined ? { ...aim, ...shareAt(graph, aim.output) } : aim;

/** The link of a value that its last nodes keep between 0 and 1, or make of such numbers. */
function shareAt(graph: Graph, value: string): { link?: Link } {
  if (isShare(graph, value)) return { link: 'identity' };
  if (isLogOfShare(graph, value)) return { link: 'exp' };
  return isLogOddsOfShare(graph, value) ? { link: 'sigmoid' } : {};
}

/** Words for what stands beside scores, where no later word of an output's name says scores. */
const beside =
  /(embed|feature|projection|hidden|latent|repr|pooler|recon)(?!.*(logit|score|prob|class|pred))|(^|[_.])aux/i;

/**
 * Floating-point outputs; those of the wanted shape, by default a classifier's `[N, K]`, come first, and
 * among these one that no layer makes another of: features come after the scores that are made of them. An
 * output whose name calls it features comes after others, and one that alone ends in a softmax before others
 * of the same features, such as boxes or an age.
 */
function candidates(graph: Graph, rank?: number): Value[] {
  const floats = graph.outputs.filter(({ type }) => type === 'float32');
  const fits = ({ shape }: Value) =>
    shape === undefined || (rank === undefined ? shape.length === 2 : shape.length >= rank);
  const fitting = floats.filter(fits);
  const below = new Set(fitting.flatMap(({ name }) => [...belowLayers(graph, name)]));
  const above = fitting.filter(({ name }) => ![...passedThrough(graph, name)].some((v) => below.has(v)));
  const named = above.filter(({ name }) => !beside.test(name));
  const usual = named[0] ?? above[0];
  const first = usual && (otherSoftmax(graph, usual, named) ?? usual);
  return [
    ...(first ? [first] : []),
    ...fitting.filter((v) => v !== first),
    ...floats.filter((v) => !fits(v)),
  ];
}

/** The one output that ends in a softmax, where `usual` ends in nothing and neither is made of the other. */
function otherSoftmax(graph: Graph, usual: Value, among: readonly Value[]): Value | undefined {
  const ends = among.filter(({ name }) => endOf(graph, name)?.link === 'softmax');
  const [only] = ends;
  if (!only || ends.length > 1 || endOf(graph, usual.name)) return undefined;
  const made = ancestors(graph, only.name).has(usual.name) || ancestors(graph, usual.name).has(only.name);
  return made ? undefined : only;
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

/** The link of a named value: it ends in a head, or a head follows it on the way to an output. */
function linkAt(graph: Graph, value: string): Pick<Aim, 'link' | 'over' | 'why'> {
  const pair = boxesIn(graph);
  // A sigmoid at the end of boxes keeps them in the image.
  if (pair?.boxes.name === value) return { link: 'none', ...(pair.guessed && { why: asBoxes(pair) }) };
  const own = endOf(graph, value);
  if (own) return { link: own.log ? 'exp' : 'identity' };
  const share = shareAt(graph, value);
  if (share.link) return share;
  const known = passedThrough(graph, value);
  for (const { name, shape } of graph.outputs) {
    const end = endOf(graph, name);
    if (!end || end.pair || !(known.has(end.score) || passedThrough(graph, end.score).has(value))) continue;
    const over = end.axis !== undefined && end.after.every(isKept) ? shape?.at(end.axis) : undefined;
    return { link: end.link, ...(typeof over === 'number' && { over }) };
  }
  return {};
}

const asBoxes = ({ scores }: Boxes) =>
  ` (four numbers beside each row of '${scores.name}', taken for boxes; head softmax or sigmoid where they are scores)`;

/** The axis of the softmax that a value is the result of, in its own shape, or that follows it at once. */
function softmaxAxis(graph: Graph, value: string): number | undefined {
  const own = endOf(graph, value);
  if (own) return own.after.every(isKept) ? own.axis : undefined;
  return graph.outputs.map(({ name }) => endOf(graph, name)).find((end) => end?.score === value)?.axis;
}

/** The head of an output `[N, K]`; `rows` are its values for some samples. */
export function headOf(
  { link: told, why: known = '', before, took, output, axis, columns, others }: Omit<Aim, 'graph'>,
  rows: Rows,
  stated: Stated,
): Head {
  const { link, why = '' } = told ? { link: told, why: known } : found(rows, columns, stated);
  const probability: Readonly<Record<Link, string>> = {
    softmax: 'probabilities are its softmax',
    sigmoid: 'probabilities are its sigmoid',
    exp: 'probabilities are its exponential',
    identity: 'it holds probabilities already',
    none: 'it is a quantity and has no probability',
  };
  const own = joinsBoxes({ output }) ? output : `'${output}'`;
  const what =
    before === undefined
      ? own
      : `'${output}', the score before the final ${took} (output '${before}' explains what that makes)`;
  const order = columns?.ranked ? '; its columns are values in order of size, not classes' : '';
  const also = others.length > 0 ? `; other outputs: ${others.join(', ')} (option output takes one)` : '';
  return {
    link,
    of: output,
    ...(others.length > 0 && { others }),
    says: joinsBoxes({ output }) ? own : `${what}; ${probability[link]}${why}${order}${also}`,
    plain: before === undefined && link === 'softmax' && others.length === 0,
    ...(link === 'sigmoid' && why !== '' && { assumed: `probabilities are the sigmoid of the output${why}` }),
    ...(axis !== undefined && { axis }),
    ...(before !== undefined && { before }),
  };
}

/** Outputs `[N, K]` of some samples. */
interface Rows {
  readonly data: ArrayLike<number>;
  readonly classes: number;
}

/** What the file or the user states beside the link. */
interface Stated {
  /** Whether several classes may hold at once. */
  readonly multiLabel?: boolean;
  /** Whether a target asks for the output's numbers as they are, scores or not. */
  readonly asIs?: boolean;
  /** Whether a target asks for a box, so that the output holds boxes and their scores. */
  readonly boxes?: boolean;
}

const makersIn = (operators: readonly string[]) =>
  operators.length === 1
    ? `${operators[0]} makes`
    : `${operators.slice(0, -1).join(', ')} and ${operators.at(-1)} make`;

/** The link of an output of which the file and the user say nothing, by its range and values. */
function found(rows: Rows, columns: Columns | undefined, stated: Stated): { link: Link; why?: string } {
  const { multiLabel = false, asIs = false, boxes = false } = stated;
  if (boxes && rows.classes > 1)
    return { link: 'none', why: ' (boxes beside the scores of their classes, taken as the file holds them)' };
  if (columns?.decidedBy) {
    const why = ` (${columns.decidedBy} makes whole numbers of the scores; option output names a value before it)`;
    return { link: 'none', why };
  }
  const curve = columns?.curve(rows.classes);
  if (rows.classes === 1) {
    if (columns?.oneSign)
      return { link: 'none', why: ' (of one output, and of one sign; head sigmoid where it is a score)' };
    if (curve)
      return {
        link: 'none',
        why: ` (of one output that ${makersIn(curve)}; head sigmoid where it is a score)`,
      };
    if (columns?.bounded)
      return { link: 'none', why: ' (of one output, within bounds; head sigmoid where it is a score)' };
    if (asIs && !multiLabel)
      return { link: 'none', why: ' (asked for as it is; head sigmoid where it is a score)' };
    return { link: 'sigmoid', why: ' (of one output; head regression where it is a quantity)' };
  }
  if (areProbabilities(rows)) return { link: 'identity' };
  if (areProbabilities({ ...rows, data: Float64Array.from(rows.data, Math.exp) })) return { link: 'exp' };
  if (multiLabel) return { link: 'sigmoid' };
  if (columns?.ranked) return { link: 'none' };
  if (columns?.mixed)
    return { link: 'none', why: ' (its columns differ in range; head softmax where all are scores)' };
  if (columns?.positive)
    return { link: 'none', why: ' (its columns are never negative; head softmax where they are scores)' };
  if (curve)
    return { link: 'none', why: ` (${makersIn(curve)} its columns; head softmax where they are scores)` };
  if (columns?.bounded)
    return { link: 'none', why: ' (its columns have bounds; head softmax where they are scores)' };
  if (areScaled(rows))
    return {
      link: 'none',
      why: ' (each row is scaled to go from 0 to 1; head softmax where its columns are scores)',
    };
  if (areOpposite(rows))
    return {
      link: 'sigmoid',
      why: ' (its columns are one score and its negative; head softmax where they are two)',
    };
  if (areUnit(rows))
    return {
      link: 'none',
      why: ' (its rows have length 1, as embeddings do; head softmax where they are scores)',
    };
  if (areThresholds(rows))
    return {
      link: 'sigmoid',
      why: ' (its columns differ by constants, one score against several thresholds; head softmax where they are classes)',
    };
  if (columns?.nested)
    return {
      link: 'none',
      why: ' (some of its columns are made of others, as bounds are of a mean; head softmax where all are scores)',
    };
  if (asIs) return { link: 'none', why: ' (asked for as it is; head softmax where its columns are scores)' };
  return { link: 'softmax' };
}

/** Whether every row has length 1 and moves. */
function areUnit({ data, classes }: Rows): boolean {
  const values = Array.from(data);
  if (values.length < 2 * classes || values.every((value, i) => value === data[i % classes])) return false;
  for (let row = 0; row < values.length; row += classes) {
    const square = values.slice(row, row + classes).reduce((sum, value) => sum + value * value, 0);
    if (Math.abs(square - 1) > 1e-5) return false;
  }
  return true;
}

/** Whether the least of each row is 0 and the largest 1. */
function areScaled({ data, classes }: Rows): boolean {
  for (let row = 0; row < data.length; row += classes) {
    const own = Array.from({ length: classes }, (_, k) => data[row + k]!);
    if (Math.min(...own) !== 0 || Math.abs(Math.max(...own) - 1) > 1e-3) return false;
  }
  return data.length > 0;
}

/** Whether two columns are one score and its negative in every sample. */
const areOpposite = ({ data, classes }: Rows) =>
  classes === 2 && Array.from(data).every((value, i) => i % 2 === 0 || value === -data[i - 1]!);

/**
 * Whether columns differ by the same amounts in every sample while their values change: one score and its
 * thresholds.
 */
function areThresholds({ data, classes }: Rows): boolean {
  const at = (row: number, k: number) => data[row * classes + k]!;
  const rows = data.length / classes;
  let [differs, size, moves] = [0, 0, 0];
  for (let row = 1; row < rows; row++) {
    moves = Math.max(moves, Math.abs(at(row, 0) - at(0, 0)));
    for (let k = 0; k < classes; k++) {
      differs = Math.max(differs, Math.abs(at(row, k) - at(row, 0) - (at(0, k) - at(0, 0))));
      size = Math.max(size, Math.abs(at(row, k)), Math.abs(at(0, k)));
    }
  }
  return differs <= 1e-6 * size && moves > 1e-4 * size;
}

/** Whether rows hold several numbers from 0 to 1 that sum to 1, for every sample. */
function areProbabilities({ data, classes }: Rows): boolean {
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
