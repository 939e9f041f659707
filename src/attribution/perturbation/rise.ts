import { usageError } from '../../base/errors.js';
import { choice, either, integer, number } from '../../base/options.js';
import { cite } from '../../base/paper.js';
import { type Random, seededRandom } from '../../base/random.js';
import { imageShape } from '../../model/classifier.js';
import { ownSigmoids, probabilities } from '../../model/probability.js';
import { array } from '../../tensor/option.js';
import { type Tensor, zeros } from '../../tensor/tensor.js';
import { method } from '../method.js';
import { overMasks } from '../program/mask-sampling.js';

export const rise = method({
  name: 'rise',
  family: 'perturbation',
  doc: 'The mean of random smooth masks, each weighted by the target output for the input seen through it.',
  paper: cite`Petsiuk, Das, Saenko (2018). RISE: randomized input sampling for explanation of black-box models. arXiv:1806.07421`,
  options: {
    masks: either(
      integer({ doc: 'random masks, or the masks themselves', default: 1000, min: 1, max: 1_000_000 }),
      array({ doc: '', accepts: 'an array [M, 1, H, W]' }),
    ),
    cells: integer({ doc: "cells along each side of a mask's coarse grid", default: 8, min: 1, max: 1000 }),
    keep: number({ doc: 'the probability that a cell is seen', default: 0.5, min: 1e-6, max: 1 }),
    quantity: choice(['probability', 'logit', 'sigmoid'], {
      doc: 'what of the target weighs a mask; a probability is what the head of the model makes it: a softmax, a sigmoid, or the output as it is',
      default: 'probability',
    }),
  },
  maps: 'spatial',
  async attribute(request) {
    const { model, input, targets, options, run, seed } = request;
    const { height, width } = imageShape(model);
    const area = height * width;
    const given = typeof options.masks === 'number' ? undefined : checked(options.masks, height, width);
    const draws = given ? given.shape[0]! : (options.masks as number);
    const maskOf = (draw: number) =>
      given
        ? given.data.subarray(draw * area, (draw + 1) * area)
        : riseMask(seededRandom(`${seed}/${draw}`), options.cells, options.keep, height, width);
    const weigh = (outputs: Tensor) =>
      options.quantity === 'logit'
        ? outputs
        : options.quantity === 'sigmoid'
          ? ownSigmoids(model, outputs)
          : probabilities(model, outputs);
    const sums = new Float64Array(targets.length * area);
    await overMasks({
      ...{ model, input, run, draws, maskOf, label: 'RISE masks' },
      take(sample, _draw, mask, outputs) {
        const output = weigh(outputs).data[targets[sample]!]!;
        for (let p = 0, o = sample * area; p < area; p++, o++) sums[o]! += output * mask[p]!;
      },
    });
    const map = zeros([targets.length, 1, height, width]);
    for (let i = 0; i < sums.length; i++) map.data[i] = sums[i]! / draws / options.keep;
    const quantity = options.quantity === 'logit' ? 'raw output' : 'probability';
    return { map, quantity, evaluations: { forward: draws, backward: 0 } };
  },
});

/**
 * A random grid of visible and hidden cells, enlarged bilinearly to one cell more than the image and cropped
 * at a random position.
 */
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

/**
 * The crop of the enlarged grid at `[down, right]`: bilinear between cell centres, mirrored at the edges, as
 * in the authors' masks.
 */
export function enlarge(
  { data, shape }: Tensor,
  [down, right]: readonly [number, number],
  height: number,
  width: number,
): Float32Array {
  const [rows, columns] = shape as [number, number];
  const y = taps(rows, (rows + 1) * Math.ceil(height / rows), down, height);
  const x = taps(columns, (columns + 1) * Math.ceil(width / columns), right, width);
  const mask = new Float32Array(height * width);
  for (let i = 0, o = 0; i < height; i++) {
    const { low: above, part: below } = y[i]!;
    const upper = above * columns;
    const lower = Math.min(rows - 1, above + 1) * columns;
    for (let j = 0; j < width; j++, o++) {
      const { low, part } = x[j]!;
      const high = Math.min(columns - 1, low + 1);
      const top = data[upper + low]! * (1 - part) + data[upper + high]! * part;
      const bottom = data[lower + low]! * (1 - part) + data[lower + high]! * part;
      mask[o] = top * (1 - below) + bottom * below;
    }
  }
  return mask;
}

/**
 * For `count` of `length` pixels from `start`: the cell before each pixel, and its fractional distance to the
 * next.
 */
function taps(cells: number, length: number, start: number, count: number) {
  return Array.from({ length: count }, (_, i) => {
    const before = Math.abs(((start + i + 0.5) * cells) / length - 0.5);
    const place = Math.max(0, Math.min(before, 2 * (cells - 1) - before));
    const low = Math.floor(place);
    return { low, part: place - low };
  });
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
