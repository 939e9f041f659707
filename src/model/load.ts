import { z } from 'zod/mini';
import { inputError, speakingOf, usageError } from '../base/errors.js';
import { numbers, parseJson } from '../base/json.js';
import type { Engine } from '../engine/engine.js';
import { onnxRuntimeOnCores } from '../engine/onnxruntime.js';
import { extend } from '../graph/builder.js';
import { isFloat, numbers as values } from '../graph/elements.js';
import type { Graph, Value } from '../graph/graph.js';
import { inFloat32 } from '../graph/import/canonical.js';
import { checkNodes } from '../graph/import/check-nodes.js';
import { openEnds } from '../graph/import/open-ends.js';
import { openLinear } from '../graph/import/operators/open-linear.js';
import { readOnnx } from '../graph/read.js';
import { MalformedNode } from '../graph/rewrite.js';
import type { Shapes } from '../graph/shapes.js';
import { tidy, withReadInputs } from '../graph/tidy.js';
import { sizeOf } from '../tensor/tensor.js';
import { asideOf } from './aside.js';
import { type InputAxes, inputAxes, layoutRead, pickedAxis, turnedFrom } from './axes.js';
import type { Classifier, Normalisation } from './classifier.js';
import {
  checkBatchAxis,
  checkSize,
  type GivenShape,
  onlyInput,
  sampleShape,
  withFloatInput,
} from './declared-input.js';
import { isRegression } from './head/range.js';
import { type Aim, aimOf, type HeadName, headOf, seenIn } from './head.js';
import { importSamples } from './import-samples.js';
import { layoutOf } from './input-layout.js';
import { withJoinedBoxes } from './joined-boxes.js';
import { normalisationOf, type Preset } from './normalisation.js';
import { pixelRangeOf } from './pixel-range.js';
import { checkPrecision, choosePrecision, type PrecisionChoice } from './precision.js';
import { isElement, outputFor, readsAnyShape, type Target, targetOf } from './target.js';

/** What a model file does not say, or says wrongly. */
export interface LoadOptions extends GivenShape {
  /** What runs the model; ONNX Runtime on the CPU by default. */
  readonly engine?: Engine;
  /**
   * The value to explain: an output or any value `[N, K]` of the file. By default the score before the
   * softmax or sigmoid that the first output of floating-point numbers ends in, or that output.
   */
  readonly output?: string;
  /** What the output is: how probabilities are made of it; found in the graph by default. */
  readonly head?: HeadName;
  /** Order of the input's axes; by default what the file says, else what its shape suggests. */
  readonly layout?: Classifier['input']['layout'];
  /** Mean and standard deviation by channel; by default those that the file holds, else none. */
  readonly normalisation?: Normalisation | Preset;
  /** Class names, in the order of the outputs. */
  readonly classes?: readonly string[];
  /** Whether several classes may hold at once; false where the file does not say. */
  readonly multiLabel?: boolean;
  /** What programs compute in; by default double for small networks on the CPU. */
  readonly precision?: PrecisionChoice;
  /** What will be asked of the model: chooses the output, which a region or a box reads in any shape. */
  readonly target?: string | Target;
}

/**
 * Loads an ONNX classifier with one image input and an output `[N, K]`; runs it once to learn its shapes.
 * Throws where the file is no model, or where its input or output has another form.
 */
export async function loadClassifier(path: string, options: LoadOptions = {}): Promise<Classifier> {
  return classifierOf(await readOnnx(path), path, options);
}

/** Loads a classifier from a graph in memory; errors call it `name`. */
export async function classifierOf(
  file: Graph,
  name: string,
  options: LoadOptions = {},
): Promise<Classifier> {
  const engine = options.engine ?? onnxRuntimeOnCores();
  const precision = options.precision ?? 'auto';
  checkPrecision(precision, engine, name);
  const target = options.target === undefined ? undefined : targetOf(options.target);
  const single = await Promise.resolve(inFloat32(file))
    .then(openEnds)
    .then(openLinear)
    .catch(malformed)
    .catch(speakingOf(name));
  const whole = target?.kind === 'box' && !options.output ? withJoinedBoxes(single, name) : single;
  const said = metadataOf(file, name);
  const isQuantity = said.regression || isRegression(file, options.output || file.outputs[0]?.name || '');
  const told = isQuantity ? { head: 'regression' as const } : {};
  const aim = aimOf(whole, name, { ...told, ...(target && outputFor(target)), ...options });
  const narrow = withReadInputs(aim.graph);
  const wide = withFloatInput(narrow);
  checkParts(wide, name);
  const declared = onlyInput(wide, name);
  checkBatchAxis(wide, declared, file.outputs, name);
  const shape = sampleShape(declared, name, options);
  checkSize(declared, shape, name);
  const { aliases, alone, ...read } = await importSamples(wide, shape, aim.output, engine)
    .catch(malformed)
    .catch(speakingOf(name));
  const input = read.graph.inputs[0]!;
  const shown = { graph: read.graph, shapes: read.shapes, output: aim.output };
  const { graph, shapes, output } = target && readsAnyShape(target) ? shown : asRows(shown, name);
  const [, classes = 0, ...places] = shapes.get(output)!.dims;
  // A softmax along another axis than that of the classes is the file's own way to make probabilities. The
  // classes of each place lie behind the batch or at the end.
  const along = aim.softmax && shapes.get(aim.softmax.of)?.dims.at(aim.softmax.axis);
  if (along !== undefined && ![classes, ...places.slice(-1)].includes(along))
    return classifierOf(file, name, { ...options, output: aim.before! });
  const rows = { data: values(read.rows), classes };
  const seen = { ...seenIn(read.graph, aim), ...partly(aim, classes, places) };
  // What an unknown axis holds tells nothing of probabilities.
  const known = target && isElement(target) ? { ...seen, link: seen.link ?? 'none' } : seen;
  const multiLabel = options.multiLabel ?? said.multiLabel;
  const head = headOf(known, rows, {
    multiLabel,
    asIs: target?.kind === 'output',
    boxes: target?.kind === 'box',
  });
  const axes = inputAxes(graph, input.name, shapes);
  if (axes && axes.batch[0] !== 0) throw notBatchFirst(name, declared, axes);
  const placed = layoutOf(shape, axes, options.layout ?? said.layout, {
    by: options.layout ? 'option' : 'metadata',
    // Within a network that is run on one sample after another, the file's own graph tells.
    turned: alone === undefined ? turnedFrom(graph, input.name) : layoutRead(tidy(wide).graph, declared.name),
  });
  const folded = axes?.batch.filter((axis) => axis > 0 && !axes.space.includes(axis)) ?? [];
  const isPicked = axes?.space.length === 2 && placed.layout === 'other' && folded.length === 0;
  const picked = isPicked ? pickedAxis(graph, input.name) : undefined;
  const lengthOf = (several: readonly number[]) => sizeOf(several.map((axis) => shape[axis - 1]!));
  const ofChannels = axes?.channels.filter((axis) => axis > 0) ?? [];
  // An axis may hold the channels of several images one after another; a layer tells how many are of one.
  const isShared = folded.some((axis) => ofChannels.includes(axis));
  const ofImage = isShared ? axes!.width : lengthOf(ofChannels);
  const isLast = placed.layout === 'NHWC' || placed.channelsLast;
  const channels = folded.length > 0 ? ofImage : isLast ? shape.at(-1)! : shape[0]!;
  const { type } = narrow.inputs[0]!;
  const takesBytes = type === 'uint8';
  const pixels = takesBytes ? '0-255' : shape.length > 1 ? pixelRangeOf(graph, input.name) : undefined;
  const images = lengthOf([...new Set([...folded, ...ofChannels])]) / channels;
  return {
    name,
    graph,
    engine,
    precision: choosePrecision(precision, engine, { graph, shapes, name }),
    input: {
      name: input.name,
      shape,
      ...placed,
      ...(!isFloat(type) && { whole: type }),
      ...(folded.length > 0 && { images }),
      ...(picked !== undefined && { images: shape[picked - 1]!, picked: true }),
      ...(axes?.turned && { turned: true }),
      ...normalisationOf(name, channels, options.normalisation, said.normalisation, pixels),
    },
    output,
    head,
    classes: namesOf(name, classes, options, said.classes ?? fitting(file.labels, classes)),
    shapes,
    aliases,
    aside: asideOf(file, aim.graph),
    ...(alone !== undefined && { alone }),
  };
}

/** That a named value has no probability whose softmax goes over a part of its numbers at a time. */
function partly({ over }: Aim, classes: number, places: readonly number[]): Pick<Aim, 'link' | 'why'> {
  if (over === undefined || [classes, ...places].includes(over)) return {};
  const why = ` (the file's softmax goes over ${over} numbers at a time, not over these ${classes}; a target such as output:NAME[i,j] explains one number of its result)`;
  return { link: 'none', why };
}

const fitting = (labels: readonly string[] | undefined, count: number) =>
  labels?.length === count ? labels : undefined;

/** The names of so many classes: given ones, those that the file states of its own output, or numbers. */
function namesOf(
  name: string,
  count: number,
  { classes, output, target }: LoadOptions,
  said: readonly string[] | undefined,
): readonly string[] {
  const isOwn = !output && target === undefined;
  const names = classes ?? (isOwn || said?.length === count ? said : undefined);
  if (names === undefined || (names.length !== count && target !== undefined))
    return names ?? Array.from({ length: count }, (_, k) => `class ${k}`);
  if (names.length === count) return names;
  const fault = `${names.length} class names for ${count} outputs`;
  throw classes
    ? usageError(`${name}: option classes gives ${fault}`)
    : inputError(`${name}: metadata 'sightline': ${fault}`);
}

function checkParts(graph: Graph, name: string): void {
  try {
    checkNodes(graph);
  } catch (error) {
    speakingOf(name)(error);
  }
}

interface Shown {
  readonly graph: Graph;
  readonly shapes: Shapes;
  readonly output: string;
}

/**
 * Reshapes the output to rows `[N, K]`, such as a regression's `[N]`, a convolution's `[N, K, 1, 1]`, or the
 * one place of `[N, 1, K]`.
 */
function asRows(shown: Shown, name: string): Shown {
  const { graph, shapes, output } = shown;
  const { dims, batchAxis, type } = shapes.get(output)!;
  if (batchAxis === 0 && dims.length === 2 && type === 'float32') return shown;
  if (type !== 'float32')
    throw inputError(
      `${name}: output '${output}' holds ${type}; a classifier's holds floating-point numbers`,
    );
  const count = sizeOf(dims.slice(1));
  if (batchAxis !== 0 || !(dims.length === 1 || dims.slice(1).includes(count))) {
    const ofBoxes = dims.length === 3 && ![3, 5].includes(graph.inputs[0]?.shape?.length ?? 0);
    const target = ofBoxes
      ? 'box:12,30,40,40@1 explains the score of a class of a predicted box'
      : 'region:1@predicted explains those of one class';
    const map =
      dims.length > 2 && batchAxis === 0
        ? `, a value for each position or finding (target ${target}; output:${output}[${dims.slice(1).fill(0)}] explains one number)`
        : '';
    throw inputError(
      `${name}: output '${output}' has shape [${dims}] for one sample${map}; a classifier's is [batch, classes]: name another value by option output, or export the model with what it says of a whole sample (a mean over positions, say)`,
    );
  }
  const builder = extend(graph);
  const rows = builder.reshape(output, [-1, count]);
  return {
    graph: builder.finish(graph.inputs, [{ name: rows, type: 'float32' }]),
    shapes: new Map([...shapes, [rows, { dims: [1, count], batchAxis: 0, type }]]),
    output: rows,
  };
}

/** Replaces a failure of graph import on a node that does not have the form of its operator. */
function malformed(error: unknown): never {
  const at = error instanceof MalformedNode ? error.message : 'a node of its graph';
  if (!(error instanceof MalformedNode || error instanceof RangeError || error instanceof TypeError))
    throw error;
  throw inputError(`${at} lacks an input, or an attribute or a shape has an impossible value`, error);
}

function notBatchFirst(name: string, { name: input, shape }: Value, { batch, channels }: InputAxes) {
  const what = channels.includes(0) ? 'channels' : batch.length > 1 ? 'more than samples' : 'no samples';
  return inputError(
    `${name}: the first axis of input '${input}' [${shape ?? '?'}] holds ${what}; export the model with a batch axis first`,
  );
}

/** Metadata that Sightline writes into models that it trains, under the key `sightline`. */
const metadata = z.object({
  classes: z.optional(z.array(z.string())),
  normalisation: z.optional(z.object({ mean: numbers(), std: numbers() })),
  layout: z.optional(z.enum(['NCHW', 'NHWC', 'other'])),
  multiLabel: z.optional(z.boolean()),
  regression: z.optional(z.boolean()),
});

/** What a model says of itself. */
export const metadataOf = (graph: Graph, name: string) =>
  parseJson(graph.metadata.sightline || '{}', metadata, `${name}: metadata 'sightline'`);
