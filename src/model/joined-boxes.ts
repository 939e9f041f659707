import { inputError } from '../base/errors.js';
import { int } from '../graph/attributes.js';
import type { Graph, Value } from '../graph/graph.js';
import { rewriteNodes } from '../graph/rewrite.js';
import { endOf } from './head/end.js';

const joined = 'the predicted boxes';

/** Whether a model's output is one that `withJoinedBoxes` made: `[N, boxes, 4 + classes]`. */
export const joinsBoxes = ({ output }: { readonly output: string }): boolean => output.startsWith(joined);

/** Boxes `[N, boxes, 4]` and the scores of their classes `[N, boxes, classes]`, two outputs of a file. */
export interface Boxes {
  readonly boxes: Value;
  readonly scores: Value;
  /** Whether only the width of 4 tells which of them are the boxes. */
  readonly guessed: boolean;
}

const callsScores = ({ name }: Value) => /logit|score|class|cls|conf|prob/i.test(name);
const callsBoxes = (value: Value) =>
  /coord|(^|[^a-z])loc(s|ations?)?([^a-z]|$)/i.test(value.name) ||
  (/box/i.test(value.name) && !callsScores(value));
/** Whether a name calls an output features, or what a part of the network before its end gives. */
const callsInner = ({ name }: Value) =>
  /hidden|embed|feature|mask|anchor|intermediate|(^|[^a-z])(aux|enc|encoder|init)([^a-z]|$)/i.test(name);

/** The outputs of a graph that are boxes and their scores, where their names or lengths tell. */
export function boxesIn(graph: Graph): Boxes | undefined {
  const found = pairsIn(graph);
  return found.length === 1 ? found[0] : undefined;
}

/** Whether several outputs may be the boxes or their scores. */
export const hasUnclearBoxes = (graph: Graph): boolean => pairsIn(graph).length > 1;

/**
 * The pairs of outputs that may be boxes and their scores. Named boxes come before others of four numbers, a
 * softmax is never over the numbers of a box, named scores come before others, and what the network gives at
 * its end before what it gives on the way.
 */
function pairsIn(graph: Graph): readonly Boxes[] {
  const three = graph.outputs.filter(({ type, shape }) => type === 'float32' && shape?.length === 3);
  const four = three.filter(({ name, shape }) => shape![2] === 4 && endOf(graph, name)?.link !== 'softmax');
  const ends = four.filter((value) => !callsInner(value));
  const boxes = firstFound(ends.filter(callsBoxes), four.filter(callsBoxes), ends.filter(isUnnamed));
  const pairs = boxes.flatMap((value) => {
    const beside = three.filter((other) => other !== value && !callsBoxes(other) && areBeside(value, other));
    const inEnd = beside.filter((other) => !callsInner(other));
    return firstFound(inEnd.filter(callsScores), inEnd).map((scores) => ({ boxes: value, scores }));
  });
  return pairs.map((pair) => ({
    ...pair,
    guessed: !callsBoxes(pair.boxes) && !callsScores(pair.scores),
  }));
}

const isUnnamed = (value: Value) => !callsScores(value);

const firstFound = (...lists: readonly (readonly Value[])[]) => lists.find(({ length }) => length > 0) ?? [];

/** Whether two outputs may be of the same boxes: declared numbers of them do not differ. */
function areBeside({ shape: a }: Value, { shape: b }: Value): boolean {
  const [one, other] = [a![1], b![1]];
  return one === other || typeof one !== 'number' || typeof other !== 'number';
}

/**
 * A graph whose boxes `[N, boxes, 4]` and scores `[N, boxes, classes]` are two outputs, with one output for
 * both; any other graph as it is. Throws where several outputs may be the boxes or the scores.
 */
export function withJoinedBoxes(graph: Graph, name: string): Graph {
  const [found, ...others] = pairsIn(graph);
  const last = graph.nodes.at(-1);
  if (!found || !last) return graph;
  const { boxes, scores, guessed } = found;
  if (others.length > 0) throw unclear(name, [found, ...others]);
  const told = guessed ? ' (told by their width of 4)' : '';
  let output = '';
  const made = rewriteNodes(graph, (node, edit) => {
    if (node !== last) return node;
    output = edit.fresh(`${joined} '${boxes.name}'${told} and the scores of their classes '${scores.name}'`);
    return [node, edit.node('Concat', [boxes.name, scores.name], output, { axis: int(-1) })];
  });
  return {
    ...made,
    outputs: [{ name: output, type: 'float32', shape: [boxes.shape![0]!, boxes.shape![1]!, '?'] }],
  };
}

function unclear(name: string, pairs: readonly Boxes[]) {
  const listed = (values: readonly Value[]) =>
    [...new Set(values.map((value) => `'${value.name}' [${value.shape}]`))].join(', ');
  const boxes = listed(pairs.map((pair) => pair.boxes));
  const scores = listed(pairs.map((pair) => pair.scores));
  return inputError(
    `${name}: its outputs do not tell which are the boxes of target box (found ${boxes}) and which the scores of their classes (found ${scores}); export them as one output [N, boxes, 4 + classes], or name them 'boxes' and 'scores'`,
  );
}
