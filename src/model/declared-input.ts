import { inputError, usageError } from '../base/errors.js';
import { int } from '../graph/attributes.js';
import { is } from '../graph/catalogue/index.js';
import { isFloat, numbers as values } from '../graph/elements.js';
import type { Graph, Node, Value } from '../graph/graph.js';
import { readsOf } from '../graph/order.js';
import { dataTypes } from '../graph/schema.js';
import { sizeOf } from '../tensor/tensor.js';
import { constant, isKept } from './head/lookup.js';

/** Shapes that fill the lengths which a model file leaves open. */
export interface GivenShape {
  /** One sample's shape, for models with open lengths. */
  readonly inputShape?: readonly number[];
  /** `[C, H, W]` of the images that it is for, which fills open lengths in the model's own layout. */
  readonly imageShape?: readonly [number, number, number];
  /** The name that errors use for the owner of `inputShape`. */
  readonly inputShapeOf?: string;
}

/** Integer inputs that the graph casts to floats, such as pixels in bytes, become float inputs. */
export function withFloatInput(graph: Graph): Graph {
  const [input, ...others] = graph.inputs;
  if (!input || others.length > 0 || isFloat(input.type) || input.type === 'bool') return graph;
  const inputs = [{ ...input, type: 'float32' as const }];
  const plain = dequantisedByFloats(graph, input.name);
  if (isOnlyCast(plain, input.name)) return { ...plain, inputs };
  const whole = `sl.${input.name}.${input.type}`;
  const cast: Node = {
    ...{ op: 'Cast', domain: '', name: `sl.Cast.${input.type}`, inputs: [input.name], outputs: [whole] },
    attributes: { to: int(dataTypes[input.type]) },
  };
  const nodes = graph.nodes.map((node) => ({
    ...node,
    inputs: node.inputs.map((v) => (v === input.name ? whole : v)),
  }));
  return { ...graph, inputs, nodes: [cast, ...nodes] };
}

const isMoved = (node: Node) => is(node, 'moves', 'in-order') || is(node, 'moves', 'reordered');

/** Whether nothing but a cast reads a value's numbers, there or where nodes have moved them. */
function isOnlyCast(graph: Graph, value: string): boolean {
  const readers = graph.nodes.filter((node) => readsOf(node).includes(value));
  return readers.every((node) => {
    if (is(node, 'measures') || (node.op === 'Cast' && node.domain === '')) return true;
    return isMoved(node) && node.inputs[0] === value && node.outputs.every((made) => isOnlyCast(graph, made));
  });
}

/** The graph with the dequantisation of an input of whole numbers, by one scale, written for floats. */
function dequantisedByFloats(graph: Graph, input: string): Graph {
  const { initializers } = graph;
  const whole = new Set([input]);
  const isOne = (name: string | undefined) => initializers.get(name ?? '')?.data.length === 1;
  const nodes = graph.nodes.flatMap((node): readonly Node[] => {
    const [value = '', scale = '', zero] = node.inputs;
    if (!whole.has(value) || node.domain !== '') return [node];
    if (isMoved(node)) whole.add(node.outputs[0]!);
    if (node.op !== 'DequantizeLinear' || !isOne(scale) || (zero && !isOne(zero))) return [node];
    const named = (name: string) => `sl.${node.name}.${name}`;
    const step = (op: string, inputs: readonly string[], output: string): Node => ({
      ...{ op, domain: '', name: named(op), inputs, outputs: [output] },
      attributes: op === 'Cast' ? { to: int(dataTypes.float32) } : {},
    });
    const cast = step('Cast', [value], named('numbers'));
    const scaled = (from: string) => step('Mul', [from, scale], node.outputs[0]!);
    if (!zero) return [cast, scaled(named('numbers'))];
    const point = { ...step('Cast', [zero], named('zero')), name: named('zero') };
    return [
      cast,
      point,
      step('Sub', [named('numbers'), named('zero')], named('centred')),
      scaled(named('centred')),
    ];
  });
  return { ...graph, nodes };
}

/** Throws where the batch axis of maps is added behind the input, which then has none. */
export function checkBatchAxis(
  graph: Graph,
  { name: input, shape = [] }: Value,
  outputs: readonly Value[],
  name: string,
): void {
  const { nodes } = graph;
  const batches = outputs.map((output) => output.shape?.[0]).filter((length) => typeof length === 'string');
  const at = shape.findIndex((length) => typeof length === 'string' && batches.includes(length));
  if (at > 0 && typeof shape[0] === 'number') {
    throw inputError(
      `${name}: input '${input}' [${shape}] has its batch '${shape[at]}' on axis ${at}; export the model with a batch axis first`,
    );
  }
  const readersOf = (value: string): readonly Node[] =>
    nodes
      .filter((node) => node.inputs[0] === value)
      .flatMap((node) => (isKept(node) ? readersOf(node.outputs[0]!) : [node]));
  const readers = readersOf(input);
  const adds = ({ op, inputs }: Node) => {
    const axes = constant(graph, inputs[1] ?? '');
    return op === 'Unsqueeze' && axes !== undefined && values(axes).includes(0);
  };
  if (readers.length > 0 && readers.every(adds)) {
    throw inputError(
      `${name}: input '${input}' [${shape}] has no batch axis: node '${readers[0]!.name}' (Unsqueeze) adds one; export the model with a batch axis first`,
    );
  }
}

const severalTaken =
  'sightline attribute and score take several: each by --input NAME=.., those that are not explained held by --hold NAME';

/** The only input; throws where there are several, or none, or one of another type than float32. */
export function onlyInput(graph: Graph, name: string): Value {
  for (const one of graph.inputs) checkTensor(one, name);
  const [input, ...others] = graph.inputs;
  if (!input || others.length > 0) {
    const found = graph.inputs.map((v) => `${v.name} [${v.shape ?? '?'}]`).join(', ') || 'none';
    const lost = lostConstants(graph.inputs);
    throw inputError(
      `${name}: a classifier has one input; found ${found}${lost && `; ${lost}`}${input ? `; ${severalTaken}` : ''}`,
    );
  }
  if (input.type !== 'float32')
    throw inputError(`${name}: input '${input.name}' is ${input.type}; numbers are needed`);
  return input;
}

/** Throws where an input is no tensor, whose shape nothing could state. */
export function checkTensor({ name: input, other }: Value, name: string): void {
  if (other !== undefined)
    throw inputError(
      `${name}: input '${input}' is ${other}, and inputs that are tensors are taken; export the model with one`,
    );
}

/** Which inputs are constants that an exporter lost, and how to export them; nothing where none are. */
export function lostConstants(inputs: readonly Value[]): string {
  const lost = inputs.filter(isLostConstant).map(({ name }) => `'${name}'`);
  return lost.length === 0
    ? ''
    : `${lost.join(', ')} reads like a constant that TensorFlow's exporter left out: export by way of a SavedModel (model.export('folder'), python -m tf2onnx.convert --saved-model folder --output model.onnx)`;
}

/** Whether an input has the name of a value inside a TensorFlow graph, and no open length. */
const isLostConstant = ({ name, shape }: Value) =>
  /\/.*:\d+$/.test(name) && shape?.every((length) => typeof length === 'number') === true;

/** The shape of one sample: the declared one, or where that leaves lengths open the given one. */
export function sampleShape(
  input: Value,
  name: string,
  { inputShape, imageShape, inputShapeOf: whose }: GivenShape,
): readonly number[] {
  const declared = input.shape?.slice(1);
  const fits = (shape: readonly number[]) =>
    !declared ||
    (declared.length === shape.length && declared.every((n, i) => typeof n === 'string' || n === shape[i]));
  const [channels, ...sides] = imageShape ?? [];
  const given = inputShape ?? imageShape;
  const ordered = imageShape && [imageShape, [...sides, channels!]].find(fits);
  if (given) {
    if (inputShape ? fits(inputShape) : ordered) return inputShape ?? ordered!;
    if (!inputShape) throw usageError(`${name}: ${imagesDiffer(input, imageShape!)}`);
    const from = whose === undefined ? '' : ` from ${whose}`;
    throw usageError(`${name}: takes inputs of shape [${input.shape}]; got [batch,${given}]${from}`);
  }
  if (!declared?.every((n): n is number => typeof n === 'number')) {
    const lengths = (declared ?? [3, '', '']).map((n, i, all) =>
      typeof n === 'number' ? n : i < all.length - 2 ? 3 : 224,
    );
    throw usageError(
      `${name}: leaves the input's shape open ([${input.shape ?? '?'}]); give option inputShape (--input-shape), e.g. ${lengths}`,
    );
  }
  return declared;
}

/** How images differ from what a model takes, and how they are prepared for it. */
function imagesDiffer(
  { shape = [] }: Value,
  [channels, height, width]: readonly [number, number, number],
): string {
  const taken = `takes inputs of shape [${shape}]`;
  const [first, second, third] = shape.slice(1);
  if (shape.length !== 4)
    return `${taken}, which are no images; the set's are [${[channels, height, width]}]`;
  const isDepth = (n: number | string | undefined) => n === 1 || n === 3;
  const last = !isDepth(first) && (isDepth(third) || Number(third) < Number(first));
  const [depth, ...sides] = last ? [third!, first!, second!] : [first!, second!, third!];
  const differs = (n: number | string, own: number) => typeof n === 'number' && n !== own;
  const colours = differs(depth!, channels) ? [`--channels ${depth}`] : [];
  const size = sides.map((n, i) => (typeof n === 'number' ? n : [height, width][i]!));
  const sized = sides.some((n, i) => differs(n, [height, width][i]!)) ? [`--size ${size}`] : [];
  const images = `the set's images are of ${channels} channel${channels === 1 ? '' : 's'} and ${height}x${width}`;
  if (colours.length > 0 && !isDepth(depth)) return `${taken}; ${images}, and no set has ${depth} channels`;
  return `${taken}; ${images}: prepare them with ${[...colours, ...sized].join(' ')}`;
}

/** Maximum number of values of one sample of the input, and of a file's fixed batch of several. */
const maximumValues = { one: 2 ** 26, several: 2 ** 25 };

/** Throws where the declared lengths are no lengths, or would not fit into memory. */
export function checkSize(input: Value, sample: readonly number[], name: string): void {
  const batch = input.shape?.[0];
  const most = typeof batch === 'number' && batch > 1 ? maximumValues.several : maximumValues.one;
  const lengths = [typeof batch === 'number' ? batch : 1, ...sample];
  const values = sizeOf(lengths);
  const isLength = (n: number) => Number.isSafeInteger(n) && n > 0;
  if (lengths.length <= maximumAxes && lengths.every(isLength) && values <= most) return;
  const shown = (input.shape ?? lengths).slice(0, maximumAxes);
  throw inputError(
    `${name}: input '${input.name}' has the shape [${shown}]; up to ${maximumAxes} axes and ${most} values are accepted`,
  );
}

const maximumAxes = 16;
