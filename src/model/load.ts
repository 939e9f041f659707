import { z } from 'zod/mini';
import { inputError, SightlineError, usageError } from '../base/errors.js';
import { numbers, parseJson } from '../base/json.js';
import type { Arrays, Engine } from '../engine/engine.js';
import { onnxRuntimeOnCores } from '../engine/onnxruntime.js';
import type { Graph, Value } from '../graph/graph.js';
import { canonical, inFloat32, type RunGraph } from '../graph/import/canonical.js';
import { readOnnx } from '../graph/read.js';
import type { Classifier, Normalisation } from './classifier.js';
import { checkPrecision, choosePrecision, type PrecisionChoice } from './precision.js';
import { probe } from './probe.js';

/** What a file does not say, or says wrongly. */
export interface LoadOptions {
  readonly engine?: Engine;
  /** The explained output, where there are several; the first by default. */
  readonly output?: string;
  /** One sample's shape, for models that leave lengths open. */
  readonly inputShape?: readonly number[];
  /** Whose shape that is: what an error calls it. */
  readonly inputShapeOf?: string;
  readonly layout?: Classifier['input']['layout'];
  readonly normalisation?: Normalisation;
  readonly classes?: readonly string[];
  /** Whether several classes may hold at once; false where the file does not say. */
  readonly multiLabel?: boolean;
  /** What programs compute in; by default double for small networks on the CPU. */
  readonly precision?: PrecisionChoice;
}

/** Loads an ONNX classifier of one image input and a `[N, K]` output, and learns its shapes by running it. */
export async function loadClassifier(path: string, options: LoadOptions = {}): Promise<Classifier> {
  return classifierOf(await readOnnx(path), path, options);
}

/** The same for a graph that is in memory; errors speak of it by `name`. */
export async function classifierOf(
  read: Graph,
  name: string,
  options: LoadOptions = {},
): Promise<Classifier> {
  const engine = options.engine ?? onnxRuntimeOnCores();
  const precision = options.precision ?? 'auto';
  checkPrecision(precision, engine, name);
  const wide = inFloat32(read);
  const declared = onlyInput(wide, name);
  const shape = sampleShape(declared, name, options);
  const output = options.output ?? wide.outputs[0]!.name;
  if (!wide.outputs.some((v) => v.name === output)) {
    const known = wide.outputs.map((v) => v.name).join(', ');
    throw usageError(`${name}: has no output '${output}' (outputs: ${known})`);
  }
  const { graph, aliases } = await canonical(wide, shape, output, runOn(engine)).catch((error) => {
    throw error instanceof SightlineError
      ? new SightlineError(error.kind, `${name}: ${error.message}`)
      : error;
  });
  const input = graph.inputs[0]!;
  const shapes = await probe(graph, input, shape, engine);
  const { dims, batchAxis } = shapes.get(output)!;
  if (dims.length !== 2 || batchAxis !== 0) {
    throw inputError(`${name}: output '${output}' has shape [${dims}]; a classifier's is [batch, classes]`);
  }
  const said = metadataOf(graph, name);
  const layout = options.layout ?? said.layout ?? layoutOf(shape);
  const channels = layout === 'NHWC' ? shape.at(-1)! : shape[0]!;
  return {
    graph,
    engine,
    precision: choosePrecision(precision, engine, { graph, shapes, name }),
    input: {
      name: input.name,
      shape,
      layout,
      normalisation: options.normalisation ?? said.normalisation ?? identity(channels),
    },
    output,
    classes: options.classes ?? said.classes ?? Array.from({ length: dims[1]! }, (_, k) => `class ${k}`),
    multiLabel: options.multiLabel ?? said.multiLabel ?? false,
    shapes,
    aliases,
  };
}

const runOn =
  (engine: Engine): RunGraph =>
  async (graph, inputs) => {
    const program = await engine.compile(graph);
    try {
      const results: Arrays[] = [];
      for (const input of inputs) results.push(await program.run({ [graph.inputs[0]!.name]: input }));
      return results;
    } finally {
      await program.dispose();
    }
  };

function onlyInput(graph: Graph, name: string): Value {
  const [input, ...others] = graph.inputs;
  if (!input || others.length > 0) {
    const found = graph.inputs.map((v) => v.name).join(', ') || 'none';
    throw inputError(`${name}: a classifier has one input; found ${found}`);
  }
  if (input.type !== 'float32')
    throw inputError(`${name}: input '${input.name}' is ${input.type}; float32 is needed`);
  return input;
}

function sampleShape(
  input: Value,
  name: string,
  { inputShape: given, inputShapeOf: whose }: LoadOptions,
): readonly number[] {
  const declared = input.shape?.slice(1);
  if (given) {
    const fits = declared?.every((n, i) => typeof n === 'string' || n === given[i]) ?? true;
    if (fits && (!declared || declared.length === given.length)) return given;
    const from = whose === undefined ? '' : ` from ${whose}`;
    throw usageError(`${name}: takes inputs of shape [${input.shape}]; got [batch,${given}]${from}`);
  }
  if (!declared?.every((n): n is number => typeof n === 'number')) {
    throw usageError(
      `${name}: leaves the input's shape open ([${input.shape ?? '?'}]); give it, e.g. 3,224,224`,
    );
  }
  return declared;
}

function layoutOf(shape: readonly number[]): Classifier['input']['layout'] {
  if (shape.length !== 3) return 'other';
  return [1, 3, 4].includes(shape[2]!) && ![1, 3, 4].includes(shape[0]!) ? 'NHWC' : 'NCHW';
}

const identity = (channels: number): Normalisation => ({
  mean: Array(channels).fill(0),
  std: Array(channels).fill(1),
});

/** What Sightline writes into the models that it trains, under the key `sightline`. */
const metadata = z.object({
  classes: z.optional(z.array(z.string())),
  normalisation: z.optional(z.object({ mean: numbers(), std: numbers() })),
  layout: z.optional(z.enum(['NCHW', 'NHWC', 'other'])),
  multiLabel: z.optional(z.boolean()),
});

const metadataOf = (graph: Graph, name: string) =>
  parseJson(graph.metadata.sightline || '{}', metadata, `${name}: metadata 'sightline'`);
