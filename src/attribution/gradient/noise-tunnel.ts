import { unsupported, usageError } from '../../base/errors.js';
import { lookUp } from '../../base/names.js';
import {
  either,
  flag,
  integer,
  number,
  type OptionValues,
  readOptions,
  searched,
  text,
} from '../../base/options.js';
import type { Builder } from '../../graph/builder.js';
import { float32 } from '../../graph/elements.js';
import { range } from '../../graph/shapes.js';
import { type Classifier, ownShape } from '../../model/classifier.js';
import { faintNote, isFaint } from '../../tensor/faint.js';
import { array } from '../../tensor/option.js';
import { rows, sizeOf, type Tensor, zeros } from '../../tensor/tensor.js';
import type { MapAsked, MapGraph } from '../map-graph.js';
import type { Attribution, Method, Request } from '../method.js';
import { wholeOf } from '../notes.js';
import { copiesGraph, elementOf } from '../program/copies.js';
import { overDraws } from '../program/draws.js';
import type { Summed } from '../program/linear-combinations.js';
import { noiseKeys, noisesOf } from '../program/noise.js';
import { noisyGradients } from '../program/noisy-gradients.js';

export const noiseOptions = {
  samples: integer({ doc: 'noisy copies of each input', default: 25, min: 1, max: 100_000 }),
  noise: searched(
    either(
      number({ doc: "the noise's standard deviation, or the noise itself", default: 0.15, min: 0 }),
      array({ doc: '', accepts: 'an array [N, draws, ...] that is added as it is' }),
    ),
    { from: 0.02, to: 1, draws: 'log' },
  ),
  of: text({ doc: 'the method that is applied to each copy', default: 'gradient' }),
  absolute: searched(flag({ doc: "take the absolute value of each copy's map first", default: false }), {
    among: [true, false],
  }),
};

type NoiseOptions = OptionValues<typeof noiseOptions>;

/** How the maps of the noisy copies become one map: of the means that are asked for. */
export interface Combination {
  readonly of: readonly Moment[];
  combine(means: Readonly<Record<Moment, Float64Array>>, i: number): number;
}

/** The mean of the maps over the noisy copies, the mean of their squares, and their variance. */
type Moment = 'mean' | 'square' | 'variance';

/**
 * Explains noisy copies of the input by another method and combines their maps to one map. Gradients of
 * copies with noise from the seed are made and summed by the engine.
 */
export async function noiseTunnel(
  request: Request<NoiseOptions>,
  inner: Readonly<Record<string, Method>>,
  combination: Combination,
): Promise<Attribution> {
  const { input, options } = request;
  const { means, shape, ...found } =
    options.of === 'gradient' && typeof options.noise === 'number'
      ? await noisyGradientMeans(request, options.noise, combination.of)
      : await noisyMapMeans(request, inner);
  const map = zeros([input.shape[0]!, ...shape]);
  for (let i = 0; i < map.data.length; i++) map.data[i] = combination.combine(means, i);
  return {
    ...found,
    map,
    notes: [...noteOn(options, input), ...(found.notes ?? [])],
  };
}

function noteOn(options: NoiseOptions, input: Tensor): string[] {
  const { noise, of } = options;
  if (silent(options)) return [`the noise is 0: all copies are the input, and have the map of ${of}`];
  if (typeof noise !== 'number') return [];
  const samples = range(input.shape[0]!).map((row) => rows(input, row, row + 1).data);
  if (!samples.every((values) => isFaint(noise, values))) return [];
  return [faintNote(`the noise's standard deviation of ${noise}`, 'noise; the paper takes 10 to 20 %')];
}

const silent = ({ noise }: NoiseOptions): boolean =>
  typeof noise === 'number' ? noise === 0 : noise.data.every((value) => value === 0);

interface NoisyMeans extends Pick<Attribution, 'evaluations' | 'layer' | 'passesLayer' | 'notes'> {
  readonly means: Record<Moment, Float64Array>;
  /** The shape of one map. */
  readonly shape: readonly number[];
}

async function noisyGradientMeans(
  request: Request<NoiseOptions>,
  deviation: number,
  moments: readonly Moment[],
): Promise<NoisyMeans> {
  const { model, options } = request;
  const { samples: draws, of, absolute } = options;
  const summed: Readonly<Record<Moment, Summed>> = {
    mean: absolute ? 'sizes' : 'values',
    square: 'squares',
    variance: absolute ? 'sizeSpreads' : 'spreads',
  };
  const label = `noisy copies (${of})`;
  const found = await noisyGradients({
    ...{ ...request, draws, deviation, label },
    summed: moments.map((moment) => summed[moment]),
  });
  const none = new Float64Array();
  return {
    means: {
      mean: found[summed.mean] ?? none,
      square: found.squares ?? none,
      variance: found[summed.variance] ?? none,
    },
    shape: model.input.shape,
    evaluations: { forward: draws, backward: draws },
  };
}

async function noisyMapMeans(
  request: Request<NoiseOptions>,
  inner: Readonly<Record<string, Method>>,
): Promise<NoisyMeans> {
  const { model, input, targets, options, run, seed, part = wholeOf(targets.length) } = request;
  const explainer = lookUp(inner, options.of, "method for option 'of'");
  const innerOptions = readOptions(explainer.options, {}, explainer.name);
  const size = input.data.length / targets.length;
  const given = typeof options.noise === 'number' ? undefined : options.noise;
  const draws = given ? drawsOf(given, input, model.input) : options.samples;
  let shape: readonly number[] = [];
  let means = { mean: new Float64Array(), square: new Float64Array() };
  const spent = { forward: 0, backward: 0 };
  const notes = new Set<string>();
  let looksAt: Pick<Attribution, 'layer' | 'passesLayer'> = {};
  const made = typeof options.noise === 'number' ? noises(seed, draws, options.noise, size) : undefined;
  await overDraws({
    model,
    targets,
    run,
    draws,
    label: `noisy copies (${options.of})`,
    vary(sample, draw, row) {
      const x = input.data.subarray(sample * size, (sample + 1) * size);
      const offset = (sample * draws + draw) * size;
      const noise = made?.(draw) ?? given!.data.subarray(offset, offset + size);
      for (let i = 0; i < size; i++) row[i] = x[i]! + noise[i]!;
    },
    async ask(batch, of, samples) {
      const one = await explainer.attribute({
        model,
        input: batch,
        targets: of,
        options: innerOptions,
        seed,
        run,
        part: { places: samples.map((sample) => part.places[sample]!), count: part.count },
      });
      const { layer, passesLayer = false } = one;
      if (layer !== undefined) looksAt = { layer, passesLayer };
      for (const note of [...(one.notes ?? []), ...(one.sampleNotes ?? [])])
        notes.add(`${options.of} of each copy: ${note}`);
      spent.forward = draws * one.evaluations.forward;
      spent.backward = draws * one.evaluations.backward;
      if (shape.length === 0) {
        shape = one.map.shape.slice(1);
        const length = targets.length * sizeOf(shape);
        means = { mean: new Float64Array(length), square: new Float64Array(length) };
      }
      return one.map;
    },
    take(sample, _, row) {
      const offset = sample * row.length;
      for (let i = 0; i < row.length; i++) {
        const value = options.absolute ? Math.abs(row[i]!) : row[i]!;
        means.mean[offset + i]! += value / draws;
        means.square[offset + i]! += (value * value) / draws;
      }
    },
  });
  const variance = means.square.map((square, i) => Math.max(0, square - means.mean[i]! ** 2));
  return { means: { ...means, variance }, shape, evaluations: spent, ...looksAt, notes: [...notes] };
}

/** The mean over the first axis: `[draws, N, ...]` to `[1, N, ...]`. */
export const meanOf = ({ reduce }: Builder, maps: string): string => reduce('ReduceMean', maps, [0]);

/**
 * The map of noisy copies as a graph that holds its noise; `combine` makes it, `[1, N, ...]`, of the maps of
 * all copies `[draws, N, ...]`.
 */
export function noiseGraph(
  { model, options, seed }: MapAsked<NoiseOptions>,
  combine: (builder: Builder, maps: string) => string,
): MapGraph {
  const { of, absolute } = options;
  if (of !== 'gradient')
    throw unsupported(`option of=${of} runs another program for each copy; a graph holds of=gradient`);
  const noise = constantNoise(options, model.input, seed);
  const draws = noise.shape[0]! - 1;
  return copiesGraph(model, {
    count: draws + 1,
    make: (builder, images) => builder.add(images, builder.constant(float32(noise.data, noise.shape))),
    combine(builder, gradients, outputs) {
      const noisy = builder.slice(gradients, [{ axis: 0, start: 1, end: draws + 1, step: 1 }]);
      const map = combine(builder, absolute ? builder.abs(noisy) : noisy);
      return { map: elementOf(builder, map, 0), output: elementOf(builder, outputs, 0) };
    },
  });
}

/** None for the image itself, and the noise of all draws: `[1 + draws, 1, ...]`. */
function constantNoise({ noise, samples }: NoiseOptions, input: Classifier['input'], seed: number): Tensor {
  const { shape } = input;
  const size = sizeOf(shape);
  if (typeof noise !== 'number') {
    const [count, draws, ...sample] = noise.shape;
    if (count !== 1 || sample.join() !== shape.join())
      throw usageError(
        `option 'noise' has shape [${noise.shape}]; a graph takes [1,draws,${ownShape(input)}] or a number`,
      );
    const all = zeros([draws! + 1, 1, ...shape]);
    all.data.set(noise.data, size);
    return all;
  }
  const all = zeros([samples + 1, 1, ...shape]);
  const made = noises(seed, samples, noise, size);
  for (let draw = 0; draw < samples; draw++) all.data.set(made(draw), (draw + 1) * size);
  return all;
}

/** The noise of each draw, the same for all samples; the last one is kept. */
function noises(
  seed: number,
  draws: number,
  deviation: number,
  size: number,
): (draw: number) => Float32Array {
  const of = noisesOf(noiseKeys(seed, draws), size);
  let made = { draw: -1, noise: new Float32Array() };
  return (draw) => {
    if (made.draw !== draw) made = { draw, noise: of(draw).map((value) => deviation * value) };
    return made.noise;
  };
}

function drawsOf(noise: Tensor, input: Tensor, own: Classifier['input']): number {
  const [count, draws, ...sample] = noise.shape;
  const [rows, ...shape] = input.shape;
  if (count !== rows || draws === undefined || sample.join() !== shape.join()) {
    throw usageError(
      `option 'noise' has shape [${noise.shape}]; it takes [${rows},draws,${ownShape(own)}] or a number`,
    );
  }
  return draws;
}
