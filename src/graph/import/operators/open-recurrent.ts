import { int, intOf, stringOf } from '../../attributes.js';
import { numbers } from '../../elements.js';
import type { Constant, Graph, Node } from '../../graph.js';
import { dependenceOf } from '../../reach.js';
import { rewriteNodes } from '../../rewrite.js';
import { range } from '../../shapes.js';
import { type Steps, steps } from '../../steps.js';

/** The most steps of all layers and directions that are unfolded: each is some twenty nodes. */
const MOST = 1024;

/**
 * Writes LSTM, GRU and RNN out step by step, as products and curves that have rules of their own. `runs` hold
 * the values that `needsSteps` names, in batches of different lengths. A layer stays as it is where its
 * length depends on the batch, where its samples differ in length, or where its gates are bounded, coupled or
 * have other curves than the named ones, and all do where they take over 1,024 steps together.
 */
export function openRecurrent(graph: Graph, runs: readonly ReadonlyMap<string, Constant>[]): Graph {
  const opened = graph.nodes.filter((node) => isRecurrent(node) && unfolds(graph, node, runs));
  const lengthOf = ({ inputs }: Node) => runs[0]!.get(inputs[0]!)!.shape[0]!;
  const all = opened.reduce((sum, node) => sum + directionsOf(node) * lengthOf(node), 0);
  if (all === 0 || all > MOST) return graph;
  return rewriteNodes(graph, (node, edit) => {
    if (!opened.includes(node)) return node;
    const s = steps(node, edit);
    unfold(node, lengthOf(node), s);
    return s.nodes;
  });
}

/** The values whose shape or content tells how many steps each recurrent layer has. */
export const needsSteps = (graph: Graph): string[] =>
  graph.nodes
    .filter(isRecurrent)
    .flatMap(({ inputs }) => [0, 4, 5, 6].map((i) => inputs[i] ?? ''))
    .filter((value) => value !== '' && !graph.initializers.has(value));

const isRecurrent = ({ op, domain }: Node): boolean => domain === '' && Object.hasOwn(cells, op);

/** The curves that need no parameters, by their names in lower case. */
const curves: Readonly<Record<string, string>> = {
  relu: 'Relu',
  sigmoid: 'Sigmoid',
  softplus: 'Softplus',
  softsign: 'Softsign',
  tanh: 'Tanh',
};

const curvesOf = (node: Node): readonly string[] => {
  const { activations } = node.attributes;
  return activations?.kind === 'strings' ? activations.value : [];
};

const directionsOf = (node: Node) => (stringOf(node, 'direction', 'forward') === 'bidirectional' ? 2 : 1);

function unfolds(graph: Graph, node: Node, runs: readonly ReadonlyMap<string, Constant>[]): boolean {
  const [x = '', , , , given = '', h0 = '', c0 = ''] = node.inputs;
  const lengths = new Set(runs.map((run) => run.get(x)?.shape[0] ?? 0));
  const [length = 0] = lengths;
  const own = curvesOf(node);
  return (
    lengths.size === 1 &&
    length > 0 &&
    (given === '' || areAll(graph, given, length, runs)) &&
    (c0 === '' || h0 !== '') &&
    [h0, c0].every((state) => state === '' || runs.every((run) => isOfBatch(graph, x, state, run))) &&
    intOf(node, 'layout', 0) === 0 &&
    intOf(node, 'input_forget', 0) === 0 &&
    !node.attributes.clip &&
    (own.length === 0 || own.length === directionsOf(node) * cells[node.op]!.curves.length) &&
    own.every((name) => Object.hasOwn(curves, name.toLowerCase()))
  );
}

/** Whether the lengths of the samples' sequences are the whole length, whatever the samples hold. */
function areAll(
  graph: Graph,
  given: string,
  length: number,
  runs: readonly ReadonlyMap<string, Constant>[],
): boolean {
  const inputs = graph.inputs.map(({ name }) => name);
  if (dependenceOf(graph, inputs).has(given)) return false;
  const all = runs.map((run) => graph.initializers.get(given) ?? run.get(given));
  return all.every((one) => one !== undefined && numbers(one).every((number) => number === length));
}

/** Whether a first state is of one sample or of as many as the steps. */
function isOfBatch(graph: Graph, x: string, state: string, run: ReadonlyMap<string, Constant>): boolean {
  const count = (graph.initializers.get(state) ?? run.get(state))?.shape[1];
  return count === 1 || count === run.get(x)!.shape[1];
}

/** The weights of a cell in one direction: `[input, gates]`, `[hidden, gates]` and biases `[1, gates]`. */
interface Weights {
  readonly node: Node;
  readonly s: Steps;
  readonly recurrent: string;
  /** The biases of the products with the state, where there are any. */
  readonly bias?: string;
  /** Peepholes `[1, hidden]`, where there are any. */
  readonly peepholes?: readonly string[];
  readonly curve: (index: number, value: string) => string;
}

interface State {
  readonly hidden: string;
  readonly cell?: string;
}

interface Cell {
  readonly gates: number;
  readonly curves: readonly string[];
  /** Whether the bias of the state is added to the input's part at once. */
  readonly joins: (node: Node) => boolean;
  /** The next state; `part` is the input's part of the gates `[N, gates hidden]`. Without a state it is 0. */
  readonly step: (part: string, state: State | undefined, weights: Weights) => State;
}

const joins = () => true;
const linearFirst = (node: Node) => intOf(node, 'linear_before_reset', 0) === 1;

/** The parts of a value along its last axis. */
const parts = (value: string, count: number, s: Steps): string[] =>
  s.emitAll('Split', [value], count, { axis: int(-1), num_outputs: int(count) });

const withState = (part: string, state: State | undefined, { s, recurrent }: Weights): string =>
  state ? s.add(part, s.matMul(state.hidden, recurrent)) : part;

const cells: Readonly<Record<string, Cell>> = {
  /** h = f(x W + h R + b) */
  RNN: {
    gates: 1,
    curves: ['Tanh'],
    joins,
    step: (part, state, weights) => ({ hidden: weights.curve(0, withState(part, state, weights)) }),
  },
  /** c = f c + i g, h = o tanh(c), of gates i, o, f, g (Hochreiter and Schmidhuber 1997) */
  LSTM: {
    gates: 4,
    curves: ['Sigmoid', 'Tanh', 'Tanh'],
    joins,
    step(part, state, weights) {
      const { s, curve, peepholes } = weights;
      const [i, o, f, g] = parts(withState(part, state, weights), 4, s) as [string, string, string, string];
      const seen = (gate: string, cell: string | undefined, index: number) =>
        peepholes && cell !== undefined ? s.add(gate, s.mul(peepholes[index]!, cell)) : gate;
      const made = s.mul(curve(0, seen(i, state?.cell, 0)), curve(1, g));
      const cell = state?.cell ? s.add(s.mul(curve(0, seen(f, state.cell, 2)), state.cell), made) : made;
      return { cell, hidden: s.mul(curve(0, seen(o, cell, 1)), curve(2, cell)) };
    },
  },
  /** h' = (1 - z) g + z h, of gates z, r and g = f(x W + (r h) R + b) (Cho et al. 2014, arXiv:1406.1078) */
  GRU: {
    gates: 3,
    curves: ['Sigmoid', 'Tanh'],
    joins: (node) => !linearFirst(node),
    step(part, state, weights) {
      const { s, curve, recurrent, bias, node } = weights;
      const [zx, rx, gx] = parts(part, 3, s) as [string, string, string];
      const [zr, rr, gr] = parts(recurrent, 3, s) as [string, string, string];
      const [zb, rb, gb] = bias === undefined ? [] : parts(bias, 3, s);
      const plus = (value: string, b: string | undefined) => (b === undefined ? value : s.add(value, b));
      const gate = (own: string, r: string, b?: string) =>
        curve(0, plus(state ? s.add(own, s.matMul(state.hidden, r)) : own, b));
      const [z, reset] = [gate(zx, zr, zb), () => gate(rx, rr, rb)];
      const inner = () => {
        if (!linearFirst(node)) return state ? s.add(gx, s.matMul(s.mul(reset(), state.hidden), gr)) : gx;
        const product = state ? plus(s.matMul(state.hidden, gr), gb) : gb;
        return product === undefined ? gx : s.add(gx, s.mul(reset(), product));
      };
      const made = s.mul(s.sub(1, z), curve(1, inner()));
      return { hidden: state ? s.add(made, s.mul(z, state.hidden)) : made };
    },
  },
};

/** Adds the steps of a layer: `[steps, N, input]` to `[steps, directions, N, hidden]` and the last states. */
function unfold(node: Node, length: number, s: Steps): void {
  const ones = s.whole(...range(length).map(() => 1));
  const positions = s
    .emitAll('Split', [node.inputs[0]!, ones], length, { axis: int(0) })
    .map((part) => s.emit('Squeeze', [part, s.whole(0)]));
  const made = range(directionsOf(node)).map((d) => direction(node, d, positions, s));
  const [sequence, hidden, cell] = node.outputs;
  const joined = (values: readonly string[], axis: number, output?: string) =>
    s.emit('Concat', values, { axis: int(axis) }, output);
  const ends = (of: (state: State) => string, output: string) =>
    joined(
      made.map(({ end }) => s.unsqueeze(of(end), [0])),
      0,
      output,
    );
  if (sequence) {
    const rows = range(length).map((t) =>
      joined(
        made.map(({ states }) => s.unsqueeze(states[t]!.hidden, [0, 1])),
        1,
      ),
    );
    joined(rows, 0, sequence);
  }
  if (hidden) ends((state) => state.hidden, hidden);
  if (cell) ends((state) => state.cell!, cell);
}

/** The states of one direction at each position, and the one that it reaches last. */
function direction(
  node: Node,
  index: number,
  positions: readonly string[],
  s: Steps,
): { readonly states: readonly State[]; readonly end: State } {
  const cell = cells[node.op]!;
  const [, w = '', r = '', b = '', , h0 = '', c0 = '', p = ''] = node.inputs;
  const own = (value: string) => s.emit('Squeeze', [s.slice(value, [cutAt(index)]), s.whole(0)]);
  const recurrent = s.transpose(own(r), [1, 0]);
  const [ofInput, ofState] = b === '' ? [] : parts(s.slice(b, [cutAt(index)]), 2, s);
  const isJoint = cell.joins(node);
  const matrix = s.transpose(own(w), [1, 0]);
  const joint = isJoint && ofState !== undefined ? s.add(ofInput!, ofState) : ofInput;
  const partOf = (x: string) => {
    const product = s.matMul(x, matrix);
    return joint === undefined ? product : s.add(product, joint);
  };
  const names = curvesOf(node).slice(index * cell.curves.length);
  const weights: Weights = {
    ...{ node, s, recurrent },
    curve: (at, value) => s.emit(curves[names[at]?.toLowerCase() ?? ''] ?? cell.curves[at]!, [value]),
    ...(!isJoint && ofState !== undefined && { bias: ofState }),
    ...(p !== '' && { peepholes: parts(s.slice(p, [cutAt(index)]), 3, s) }),
  };
  const isBackward = index === 1 || stringOf(node, 'direction', 'forward') === 'reverse';
  const states: State[] = [];
  let state: State | undefined =
    h0 === '' ? undefined : { hidden: own(h0), ...(c0 !== '' && { cell: own(c0) }) };
  for (const t of isBackward ? range(positions.length).reverse() : range(positions.length)) {
    state = cell.step(partOf(positions[t]!), state, weights);
    states[t] = state;
  }
  return { states, end: state! };
}

const cutAt = (index: number) => ({ axis: 0, start: index, end: index + 1, step: 1 });
