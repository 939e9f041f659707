import { usageError } from '../../base/errors.js';
import { choice, either, integer, number } from '../../base/options.js';
import { type Random, seededRandom } from '../../base/random.js';
import { predict } from '../../model/predict.js';
import { array } from '../../tensor/option.js';
import { resizeBilinear } from '../../tensor/resize.js';
import { sizeOf, type Tensor, zeros } from '../../tensor/tensor.js';
import { overDraws } from '../draws.js';
import { method } from '../method.js';
import { imageShape, pixelIndex } from '../pixels.js';
import { softmaxRows, targetOutputs } from '../targets.js';

export const rise = method({
  name: 'rise',
  family: 'perturbation',
  doc: 'The mean of random smooth masks, each weighted by the target output for the input seen through it.',
  paper: {
    authors: 'Petsiuk, Das, Saenko',
    year: 2018,
    title: 'RISE: randomized input sampling for explanation of black-box models',
    id: 'arXiv:1806.07421',
  },
  options: {
    masks: either(
      integer({ doc: 'random masks, or the masks themselves', default: 1000, min: 1, max: 1_000_000 }),
      array({ doc: '', accepts: 'an array [M, 1, H, W]' }),
    ),
    cells: integer({ doc: "cells along each side of a mask's coarse grid", default: 8, min: 1, max: 1000 }),
    keep: number({ doc: 'the probability that a cell is seen', default: 0.5, min: 1e-6, max: 1 }),
    quantity: choice(['probability', 'logit'], {
      doc: 'what of the target weighs a mask',
      default: 'probability',
    }),
  },
  maps: 'spatial',
  async attribute(request) {
    const { model, input, targets, options, run, seed } = request;
    const { height, width } = imageShape(model);
    const area = height * width;
    const size = sizeOf(model.input.shape);
    const at = pixelIndex(model);
    const given = typeof options.masks === 'number' ? undefined : checked(options.masks, height, width);
    const draws = given ? given.shape[0]! : (options.masks as number);
    const maskOf = (draw: number) =>
      given
        ? given.data.subarray(draw * area, (draw + 1) * area)
        : riseMask(seededRandom(`${seed}/${draw}`), options.cells, options.keep, height, width);
    const weigh = options.quantity === 'probability' ? softmaxRows : (logits: Tensor) => logits;
    const sums = new Float64Array(targets.length * area);
    await overDraws({
      model,
      targets,
      run,
      draws,
      label: 'RISE masks',
      vary(sample, draw, row) {
        const mask = maskOf(draw);
        const x = input.data.subarray(sample * size, (sample + 1) * size);
        for (let i = 0; i < size; i++) row[i] = x[i]! * mask[at(i)]!;
      },
      ask: async (batch, of) => targetOutputs(weigh(await predict(model, batch, run)), of),
      take(sample, draw, [output]) {
        const mask = maskOf(draw);
        for (let p = 0; p < area; p++) sums[sample * area + p]! += output! * mask[p]!;
      },
    });
    const map = zeros([targets.length, 1, height, width]);
    for (let i = 0; i < sums.length; i++) map.data[i] = sums[i]! / draws / options.keep;
    return { map, evaluations: { forward: draws, backward: 0 } };
  },
});

/** A grid of seen and hidden cells, enlarged bilinearly to one cell more than the image and cut at a random place. */
export function riseMask(
  random: Random,
  cells: number,
  keep: number,
  height: number,
  width: number,
): Float32Array {
  const grid = Float32Array.from({ length: cells * cells }, () => (random.uniform() < keep ? 1 : 0));
  const shift = [random.below(Math.ceil(height / cells)), random.below(Math.ceil(width / cells))] as const;
  return enlarge({ data: grid, shape: [cells, cells] }, shift, height, width);
}

export function enlarge(
  grid: Tensor,
  [down, right]: readonly [number, number],
  height: number,
  width: number,
) {
  const [rows, columns] = grid.shape as [number, number];
  const tall = (rows + 1) * Math.ceil(height / rows);
  const broad = (columns + 1) * Math.ceil(width / columns);
  const { data } = resizeBilinear(grid, tall, broad);
  const mask = new Float32Array(height * width);
  for (let y = 0; y < height; y++) {
    const from = (y + down) * broad + right;
    mask.set(data.subarray(from, from + width), y * width);
  }
  return mask;
}

function checked(masks: Tensor, height: number, width: number): Tensor {
  const [, ...shape] = masks.shape;
  if (shape.join() !== [1, height, width].join()) {
    throw usageError(
      `option 'masks' has shape [${masks.shape}]; it takes a number or [M,1,${height},${width}]`,
    );
  }
  return masks;
}
