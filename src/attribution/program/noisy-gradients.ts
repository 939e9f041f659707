import { concurrently } from '../../base/concurrently.js';
import { checkpoint } from '../../base/run.js';
import { isGpuProvider } from '../../engine/gpu/prepare.js';
import { range } from '../../graph/shapes.js';
import { batchSizeOf } from '../../model/batch-size.js';
import { sizeOf, zeros } from '../../tensor/tensor.js';
import type { Request } from '../method.js';
import { combinationProgram, type LinearCombinations, type Summed } from './linear-combinations.js';
import { keyShape, noiseKeys } from './noise.js';
import { evenParts, partsOf } from './path-gradients.js';

export interface Noisy extends Pick<Request<unknown>, 'model' | 'input' | 'targets' | 'seed' | 'run'> {
  readonly label: string;
  readonly draws: number;
  /** The standard deviation of the noise. */
  readonly deviation: number;
  readonly summed: readonly Summed[];
}

/**
 * The means over noisy copies of each sample of what is asked of their gradients, each in the input's shape.
 * The engine makes the noise, which is the same for all samples, and sums: it receives each image and a few
 * numbers for each draw of a run.
 */
export async function noisyGradients(request: Noisy): Promise<Partial<Record<Summed, Float64Array>>> {
  const { model, input, targets, run, seed, draws, label, summed } = request;
  const size = sizeOf(model.input.shape);
  const samples = targets.length;
  const most = batchSizeOf(model);
  const total = samples * draws;
  const parts = isGpuProvider(model.engine.name) ? evenParts(1, total, most) : partsOf(total, most);
  const keys = noiseKeys(seed, draws);
  const means = Object.fromEntries(summed.map((one) => [one, new Float64Array(input.data.length)]));
  const seen = new Float64Array(samples);
  const program = await combinationProgram(model, { noise: true, summed });
  const step = run.progress.start(label, total);
  await concurrently(
    2 * program.sessions,
    parts.length,
    async (index) => {
      await checkpoint(run);
      const { first, length, rows } = parts[index]!;
      const copies = range(rows).map((row) => {
        const copy = first + Math.min(row, length - 1);
        return {
          sample: Math.floor(copy / draws),
          draw: copy % draws,
          weight: row < length ? 1 / draws : 0,
        };
      });
      const { sums } = await program.run(mixtureOf(request, keys, copies), false);
      const own = distinct(copies.map(({ sample }) => sample));
      const weights = own.map((one) =>
        copies.reduce((sum, { sample, weight }) => (sample === one ? sum + weight : sum), 0),
      );
      return { own, weights, length, sums };
    },
    (part) => {
      for (const [row, sample] of part.own.entries()) {
        const weight = part.weights[row]!;
        for (const one of summed) {
          const [mean, [to, from]] = [meanBehind(one), [sample * size, row * size]];
          const share = mean && seen[sample]! > 0 ? (seen[sample]! * weight) / (seen[sample]! + weight) : 0;
          for (let i = 0; i < size; i++) {
            means[one]![to + i]! += part.sums[one]!.data[from + i]!;
            if (share === 0) continue;
            // Two parts vary as each does, and as their means lie apart (Chan, Golub, LeVeque 1979).
            const earlier = means[mean!]![to + i]! / seen[sample]!;
            means[one]![to + i]! += share * (earlier - part.sums[mean!]!.data[from + i]! / weight) ** 2;
          }
        }
        seen[sample]! += weight;
      }
      step.advance(part.length);
    },
  );
  step.done();
  return means;
}

/** The mean that a variance is around, which is asked for after it. */
const meanBehind = (one: Summed): Summed | undefined =>
  one === 'spreads' ? 'values' : one === 'sizeSpreads' ? 'sizes' : undefined;

interface Copy {
  readonly sample: number;
  readonly draw: number;
  readonly weight: number;
}

/** Each copy is its sample plus its noise; what is asked of a sample's copies is summed. */
function mixtureOf(
  { model, input, targets, draws, deviation }: Noisy,
  keys: Int32Array,
  copies: readonly Copy[],
): LinearCombinations {
  const { shape } = model.input;
  const [size, rows] = [sizeOf(shape), copies.length];
  const own = distinct(copies.map(({ sample }) => sample));
  const drawn = distinct(copies.map(({ draw }) => draw));
  // A GPU sees one shape: as many as any part of so many rows has.
  const even = isGpuProvider(model.engine.name);
  const sums = even ? Math.min(targets.length, Math.ceil(rows / draws) + 1) : own.length;
  const noises = even ? Math.min(draws, rows) : drawn.length;
  const sources = zeros([sums, ...shape]);
  for (const [place, sample] of own.entries())
    sources.data.set(input.data.subarray(sample * size, (sample + 1) * size), place * size);
  const each = sizeOf(keyShape);
  const noise = new Int32Array(noises * each);
  for (const [place, draw] of drawn.entries())
    noise.set(keys.subarray(draw * each, (draw + 1) * each), place * each);
  const mix = zeros([rows, noises + sums]);
  const collect = zeros([sums, rows]);
  for (const [row, { sample, draw, weight }] of copies.entries()) {
    const place = own.indexOf(sample);
    mix.data[row * (noises + sums) + drawn.indexOf(draw)] = deviation;
    mix.data[row * (noises + sums) + noises + place] = 1;
    collect.data[place * rows + row] = weight;
  }
  return {
    ...{ noise, sources, mix, collect, offset: zeros([rows, 1]) },
    targets: copies.map(({ sample }) => targets[sample]!),
  };
}

const distinct = (values: readonly number[]): number[] => [...new Set(values)];
