import { concurrently } from '../../base/concurrently.js';
import { checkpoint } from '../../base/run.js';
import { isGpuProvider } from '../../engine/gpu/prepare.js';
import { range } from '../../graph/shapes.js';
import { batchSizeOf } from '../../model/batch-size.js';
import { sizeOf, type Tensor, zeros } from '../../tensor/tensor.js';
import type { Request } from '../method.js';
import { combinationProgram, type LinearCombinations } from './linear-combinations.js';
import { evenParts, partsOf } from './path-gradients.js';

export interface Noisy extends Pick<Request<unknown>, 'model' | 'input' | 'targets' | 'run'> {
  readonly label: string;
  readonly draws: number;
  /** Noise number `draw`, the same for all samples. */
  noiseOf(draw: number): ArrayLike<number>;
}

/**
 * The mean gradient of noisy copies of each sample. The engine adds the noise and sums the gradients: it
 * receives each image and each noise once for all copies of a run.
 */
export async function noisyGradients(request: Noisy): Promise<Tensor> {
  const { model, input, targets, run, draws, label } = request;
  const size = sizeOf(model.input.shape);
  const samples = targets.length;
  const most = batchSizeOf(model);
  const total = samples * draws;
  const parts = isGpuProvider(model.engine.name) ? evenParts(1, total, most) : partsOf(total, most);
  const sums = new Float64Array(input.data.length);
  const program = await combinationProgram(model);
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
          sample: copy % samples,
          draw: Math.floor(copy / samples),
          weight: row < length ? 1 / draws : 0,
        };
      });
      const found = await program.run(mixtureOf(request, copies), false);
      return { own: distinct(copies.map(({ sample }) => sample)), length, sums: found.sums.data };
    },
    (part) => {
      for (const [row, sample] of part.own.entries())
        for (let i = 0; i < size; i++) sums[sample * size + i]! += part.sums[row * size + i]!;
      step.advance(part.length);
    },
  );
  step.done();
  return { data: new Float32Array(sums), shape: input.shape };
}

interface Copy {
  readonly sample: number;
  readonly draw: number;
  readonly weight: number;
}

/** Each copy is its sample plus its noise; the gradients of a sample's copies are summed. */
function mixtureOf(
  { model, input, targets, draws, noiseOf }: Noisy,
  copies: readonly Copy[],
): LinearCombinations {
  const { shape } = model.input;
  const [size, rows] = [sizeOf(shape), copies.length];
  const own = distinct(copies.map(({ sample }) => sample));
  const noises = distinct(copies.map(({ draw }) => draw));
  // As many as any part of so many rows has, so that a GPU sees one shape.
  const sums = Math.min(targets.length, rows);
  const images = sums + Math.min(draws, Math.ceil(rows / targets.length) + 1);
  const sources = zeros([images, ...shape]);
  for (const [place, sample] of own.entries())
    sources.data.set(input.data.subarray(sample * size, (sample + 1) * size), place * size);
  for (const [place, draw] of noises.entries()) sources.data.set(noiseOf(draw), (sums + place) * size);
  const mix = zeros([rows, images]);
  const collect = zeros([sums, rows]);
  for (const [row, { sample, draw, weight }] of copies.entries()) {
    const place = own.indexOf(sample);
    mix.data[row * images + place] = 1;
    mix.data[row * images + sums + noises.indexOf(draw)] = 1;
    collect.data[place * rows + row] = weight;
  }
  return {
    ...{ sources, mix, collect, offset: zeros([rows, 1]) },
    targets: copies.map(({ sample }) => targets[sample]!),
  };
}

const distinct = (values: readonly number[]): number[] => [...new Set(values)];
