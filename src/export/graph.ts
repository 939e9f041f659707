import type { MapGraph, MapNodes } from '../attribution/map-graph.js';
import type { Method } from '../attribution/method.js';
import { explainProgram, seedName } from '../attribution/program/explain.js';
import { unsupported } from '../base/errors.js';
import { int } from '../graph/attributes.js';
import type { Builder } from '../graph/builder.js';
import { float32, int64 } from '../graph/elements.js';
import type { Graph } from '../graph/graph.js';
import { renamed } from '../graph/rename.js';
import { dataTypes } from '../graph/schema.js';
import { range } from '../graph/shapes.js';
import { tidy } from '../graph/tidy.js';
import { type Classifier, classCount } from '../model/classifier.js';
import type { Link } from '../model/head.js';
import type { Border } from '../model/input/border.js';
import { inPrecision } from '../model/precision.js';

/** Names of an exported graph's input of targets, and of its outputs beside the model's own. */
const added = ['target', 'probability', 'value', 'map', 'residual'] as const;
const inside = (name: string) => `sl.exported.${name}`;
const [target, probability, value, map, residual] = added.map(inside) as [
  string,
  string,
  string,
  string,
  string,
];
const [image, scores] = ['image', 'scores'].map(inside) as [string, string];

export interface Explained {
  /** The model as it was loaded. */
  readonly whole: Classifier;
  /** The same with the target as one of its raw outputs, and its form with channels first. */
  readonly asked: Classifier;
  readonly border: Border;
  /** Which raw output of `asked` is explained; without one, an input of the graph tells it. */
  readonly column?: number;
  readonly method: Method;
  readonly made: MapGraph;
}

/**
 * The graph of a model with its explanation: the image in; the raw outputs, their probabilities, the
 * explained number `value` `[N, 1]`, the `map` and, with an axiom that tells what it sums to, the `residual`
 * `[N, 1]` out. Its operators are those of ONNX. Throws an unsupported error where a node of the model is
 * not.
 */
export function exportGraph(explained: Explained): Graph {
  const { whole, asked, border, column, made } = explained;
  const { model } = made;
  const turned = border.model !== asked;
  const pictures = turned ? inside('channels-first') : image;
  const program = explainProgram(model, {
    front: {
      feeds: [{ name: image, type: 'float32', shape: ['N', ...whole.input.shape] }],
      make(builder, name) {
        if (turned) builder.alias(builder.transpose(image, channelsFirst(whole)), pictures);
        if (made.front) made.front(builder, pictures, name);
        else builder.alias(pictures, name);
      },
    },
    feeds: column === undefined ? [{ name: target, type: 'int64', shape: ['N'] }] : [],
    outputs(builder, walk) {
      builder.alias(seedOf(builder, classCount(model), column), seedName);
      return outputsOf(builder, explained, made.nodes(builder, walk, pictures));
    },
  });
  const inputs = program.inputs.filter(({ name }) => name !== seedName);
  const { graph } = tidy(inPrecision(model, { ...program, inputs }));
  const foreign = graph.nodes.find(({ domain }) => domain !== '');
  if (foreign)
    throw unsupported(
      `${whole.name}: operator '${foreign.domain}.${foreign.op}' (node '${foreign.name}') is none of ONNX's own, which other runtimes lack`,
    );
  return { ...renamed(graph, publicNames(graph, whole)), opsets: { '': graph.opsets['']! } };
}

const channelsFirst = ({ input: { shape } }: Classifier) => [
  0,
  shape.length,
  ...range(shape.length - 1).map((i) => i + 1),
];

const channelsLast = ({ input: { shape } }: Classifier) => [
  0,
  ...range(shape.length - 1).map((i) => i + 2),
  1,
];

/** The nodes of the seed `[N, K]`: 1 at each image's target, 0 elsewhere. */
function seedOf(builder: Builder, classes: number, column: number | undefined): string {
  const { emit, constant, concat, equal, unsqueeze } = builder;
  const all = range(classes);
  if (column === undefined) {
    const same = equal(unsqueeze(target, [1]), constant(int64(all, [1, classes])));
    return emit('Cast', [same], { to: int(dataTypes.float32) });
  }
  const row = constant(
    float32(
      all.map((k) => (k === column ? 1 : 0)),
      [1, classes],
    ),
  );
  const count = emit('Shape', [image], { start: int(0), end: int(1) });
  return emit('Expand', [row, concat([count, constant(int64([classes]))], 0)]);
}

function outputsOf(builder: Builder, { whole, asked, border, method, made }: Explained, nodes: MapNodes) {
  const { mul, sub, reduce, transpose } = builder;
  const own = nodes.output ?? made.model.output;
  const chosen = (rows: string) => reduce('ReduceSum', mul(rows, seedName), [1]);
  const sum = () =>
    nodes.sum ?? builder.reshape(reduce('ReduceSum', builder.reshape(nodes.map, [0, -1]), [1]), [-1, 1]);
  // Copies of an image make several rows of the model's own output; what is asked for is then made of one.
  const kept = nodes.output === undefined && made.model.shapes.has(whole.output);
  const raw = asked === whole ? own : kept ? whole.output : undefined;
  const linked = raw !== undefined && probabilityOf(builder, whole, raw);
  return {
    ...(raw !== undefined && { [scores]: raw }),
    ...(linked && { [probability]: linked }),
    [value]: chosen(own),
    [map]:
      method.maps === 'input' && border.model !== asked
        ? transpose(nodes.map, channelsLast(whole))
        : nodes.map,
    ...(nodes.total !== undefined && { [residual]: sub(chosen(nodes.total), sum()) }),
  };
}

/**
 * The nodes of the probabilities of raw outputs `[N, K]`; nothing where they are such already, or have none.
 */
function probabilityOf({ emit, sigmoid, exp }: Builder, whole: Classifier, raw: string): string | undefined {
  if (whole.shapes.get(whole.output)!.dims.length !== 2) return undefined;
  const made: Readonly<Record<Link, () => string | undefined>> = {
    softmax: () => emit('Softmax', [raw], { axis: int(1) }),
    sigmoid: () => sigmoid(raw),
    exp: () => exp(raw),
    identity: () => undefined,
    none: () => undefined,
  };
  return made[whole.head.link]();
}

/**
 * The exported values take their names in public; a value of the model that has one of these takes another.
 */
function publicNames(graph: Graph, { input, output }: Classifier): (value: string) => string {
  const taken = new Set<string>([...added, input.name]);
  const names = new Map([
    ...added.map((name) => [inside(name), name] as const),
    [image, input.name],
    [scores, taken.has(output) ? 'scores' : output],
  ]);
  const open = new Set(names.values());
  const used = new Set(graph.nodes.flatMap(({ outputs }) => outputs));
  const other = (name: string): string => (used.has(name) ? other(`${name}.inner`) : name);
  return (name) => names.get(name) ?? (open.has(name) ? other(`${name}.inner`) : name);
}
