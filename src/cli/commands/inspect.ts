import { attribute } from '../../attribution/attribute.js';
import { attributeInputs } from '../../attribution/several-inputs.js';
import { SightlineError } from '../../base/errors.js';
import { flag } from '../../base/options.js';
import { fallbacks } from '../../engine/gpu/fallbacks.js';
import { isGpuProvider } from '../../engine/gpu/prepare.js';
import { recording } from '../../engine/recording.js';
import type { Graph } from '../../graph/graph.js';
import { readOnnx } from '../../graph/read.js';
import { type Classifier, isTable } from '../../model/classifier.js';
import { lostConstants } from '../../model/declared-input.js';
import { headInWords } from '../../model/head.js';
import { borderOf } from '../../model/input/border.js';
import { seenBy } from '../../model/input/look.js';
import { layerOf } from '../../model/maps/layer.js';
import { normalisationText } from '../../model/normalisation.js';
import { spatialOf } from '../../model/questions/ask.js';
import { neededTarget, type Offer, offersOf } from '../../model/questions/offers.js';
import { parseTarget, type Target } from '../../model/target.js';
import { sizeOf, tensor } from '../../tensor/tensor.js';
import { command } from '../command.js';
import { fitFlags } from '../fit.js';
import { loadOptions, modelFlags, modelFrom } from '../inputs.js';
import { firstImage, inputsOf, joinedModel, noise, noiseFor, type SeveralInputs } from '../inspect-inputs.js';
import { imagesFrom, lookFlags, seenLines, told, writeSeen } from '../look.js';
import { imageFacts } from '../several-inputs.js';
import { type Explain, methodLines, tryMethods } from '../try-methods.js';
import { textTable } from '../wrap.js';

const { model: _model, ...flags } = modelFlags;

export const inspectCommand = command({
  name: 'inspect',
  summary: 'Shows how a model file is interpreted, which targets it offers, and which methods run on it.',
  positionals: [{ name: 'MODEL', doc: 'an ONNX classifier', required: true }],
  flags: {
    ...flags,
    ...lookFlags,
    ...fitFlags,
    json: flag({ doc: 'print JSON', default: false }),
  },
  groups: { 'A look at its inputs, instead of its methods': { ...lookFlags, ...fitFlags } },
  examples: [
    'sightline inspect model.onnx',
    'sightline inspect model.onnx --engine cuda --json',
    'sightline inspect model.onnx --data data/bccd --normalisation imagenet --out inputs.html',
  ],
  async run({
    flags: { json, data, images, out, fit, ...given },
    positionals: [path = ''],
    print,
    warn,
    run,
  }) {
    const look = await imagesFrom({ data, images, out, fit }, run);
    const sample = look?.shape && { imageShape: look.shape };
    const file = await readOnnx(path);
    const target = given.output === '' ? neededTarget(file) : undefined;
    const named = { ...given, model: path };
    const inputs = inputsOf(file);
    const lost = lostConstants(inputs);
    if (lost !== '') warn(`${path}: ${lost}`);
    const several = inputs.length > 1 ? noiseFor(file, inputs, path) : undefined;
    const model = several
      ? await joinedModel(file, several, named, target, run)
      : await modelFrom(named, run, { ...sample, target });
    const facts = {
      ...(several ? inputFacts(file, several) : inputFact(model, inputs[0]?.type)),
      ...factsOf(target === undefined ? model : { ...model, asked: model.output }, target),
      targets: offersOf(file, model),
      tensorflow: await tensorflowLacks(model),
    };
    if (look) {
      const seen = await seenBy(model, await look.read(model, warn), run);
      for (const line of json ? [JSON.stringify(seen.map(told), null, 2)] : seenLines(seen)) print(line);
      if (out !== undefined) await writeSeen(seen, out);
      return;
    }
    const engine = recording(model.engine);
    const offered = target === undefined ? undefined : facts.targets[0]!.target;
    const wanted = offered === undefined ? [0] : answerable(offered, model);
    const alone: Explain = (method, options) =>
      attribute({ ...model, engine }, method, noise(model.input.shape), wanted, options, { run });
    const holding =
      (hold: readonly string[]): Explain =>
      async (method, options) => {
        const load = { ...loadOptions(named), name: path, engine, hold, target };
        const asked = [file, several!.arrays, load, method, wanted, options, { run }] as const;
        return (await attributeInputs(...asked)).explained;
      };
    const image = several && firstImage(several);
    const ways = [
      { explain: several ? holding(several.hold) : alone, input: model.input },
      ...(image ? [{ ...image, explain: holding(image.hold) }] : []),
    ];
    if (json) {
      const tried = await tryMethods(ways, run);
      print(JSON.stringify({ ...facts, ...leftToCpu(engine), methods: tried }, null, 2));
      return;
    }
    const { targets, ...others } = facts;
    const inWords = several ? {} : { normalisation: normalisationText(model.input) };
    for (const line of [...factLines({ ...others, ...inWords }), '', ...targetLines(targets), ''])
      print(line);
    const tried = await tryMethods(ways, run);
    for (const line of [...factLines(leftToCpu(engine)), ...methodLines(tried)]) print(line);
  },
});

/** An offered target; a region is taken whole, as noise may be predicted as another class everywhere. */
function answerable(offered: string, model: Classifier): string | Target {
  const target = parseTarget(offered);
  if (target.kind !== 'region') return offered;
  const { space } = spatialOf(model, offered);
  return { ...target, at: tensor(new Float32Array(sizeOf(space)).fill(1), space) };
}

const factLines = (facts: Readonly<Record<string, unknown>>): string[] =>
  Object.entries(facts).map(
    ([what, value]) => `${what}: ${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );

const targetLines = (offers: readonly Offer[]): string[] =>
  textTable(
    ['--target', 'explains'],
    offers.map(({ target, explains }) => [target, explains]),
  );

/** The one input of a model; its type is told where the file states another than float32. */
function inputFact({ input }: Classifier, type: string | undefined) {
  const { normalisation, normalisedBy } = input;
  return {
    input: {
      name: input.name,
      ...(type !== undefined && type !== 'float32' && { type }),
      shape: ['N', ...input.shape],
    },
    layout: layoutIn(input),
    normalisation: normalisedBy ? { ...normalisation, by: normalisedBy } : 'not told by the file',
  };
}

/** The inputs of a model of several: those without a derivative, or an axis of samples, are held. */
const inputFacts = (file: Graph, { inputs, hold, whole }: SeveralInputs) => ({
  inputs: inputs.map((input) => ({
    ...{ name: input.name, type: input.type },
    ...(whole.has(input.name)
      ? { shape: input.shape }
      : { shape: ['N', ...(input.shape ?? []).slice(1)], ...imageFacts(file, input) }),
    ...(hold.includes(input.name) && { held: true }),
  })),
});

/** Properties of a model by name. */
function factsOf(model: Classifier, target?: string) {
  const { output, head, precision, engine, shapes, alone } = model;
  const classes = target === undefined ? model.classes : classesOf(model, target);
  return {
    ...(alone !== undefined && { runs: `one sample after another, and only as a whole: ${alone}` }),
    output: { name: head.of ?? output, shape: ['N', ...shapes.get(output)!.dims.slice(1)] },
    head: headInWords(head),
    ...(classes && { classes }),
    layer: defaultLayer(model),
    precision,
    engine: engine.name,
  };
}

/** The classes that an output has at each place; `undefined` of boxes. */
function classesOf(model: Classifier, target: string): readonly string[] | undefined {
  if (parseTarget(target).kind !== 'region') return undefined;
  const { classes } = spatialOf(model, target);
  const named = model.classes.length === classes ? model.classes : undefined;
  return named ?? Array.from({ length: classes }, (_, k) => `class ${k}`);
}

/** The nodes that the TensorFlow engine has no operator for; ONNX Runtime has run all. */
async function tensorflowLacks({ graph }: Classifier): Promise<string> {
  const { lackingOperators } = await import('../../engine/tensorflow/operators.js');
  const nodes = lackingOperators(graph).map(({ op, name }) => `${op} (node '${name}')`);
  if (nodes.length === 0) return 'has all operators';
  const more = nodes.length > 5 ? ` and ${nodes.length - 5} more` : '';
  return `lacks ${nodes.slice(0, 5).join(', ')}${more}`;
}

/** The nodes of the compiled programs that a GPU's provider leaves to the CPU, by operator. */
export function leftToCpu({ name, graphs }: Pick<ReturnType<typeof recording>, 'name' | 'graphs'>) {
  if (!isGpuProvider(name)) return {};
  const operators = new Set(graphs.flatMap((graph) => fallbacks(graph, name).map(({ op }) => op)));
  const left = [...operators].sort().join(', ');
  return { [name]: left === '' ? 'has all operators' : `leaves to the CPU: ${left}` };
}

function layoutIn(input: Classifier['input']): string {
  const { layout, layoutBy, channelsLast, space, shape, images, picked } = input;
  const axes = (count: number) => `${count} ${count === 1 ? 'axis' : 'axes'} of positions`;
  const what =
    layout !== 'other'
      ? layout
      : channelsLast
        ? `other, ${axes(shape.length - 1)}, then channels`
        : isTable(input)
          ? 'other, a table'
          : `other, ${space === undefined ? 'an unknown number of axes of positions' : axes(space)}`;
  if (images !== undefined)
    return `${what}; ${images} images a sample, ${picked ? 'picked one by one' : 'folded into the batch'}`;
  if (layoutBy !== undefined || layout === 'other') return what;
  return `${what}, guessed from the lengths: no layer over maps reads the input (option layout states it)`;
}

function defaultLayer(model: Classifier): string {
  try {
    const { value } = layerOf(borderOf(model).model, '');
    return `'${value}' [${['N', ...model.shapes.get(value)!.dims.slice(1)]}]`;
  } catch (error) {
    if (error instanceof SightlineError) return `none: ${error.message}`;
    throw error;
  }
}
