import { usageError } from '../../base/errors.js';
import { choice, either, flag, integer, number, searched } from '../../base/options.js';
import { cite } from '../../base/paper.js';
import { type Random, seededRandom } from '../../base/random.js';
import { spaceOf } from '../../model/classifier.js';
import { ownSigmoids, probabilities } from '../../model/probability.js';
import { array } from '../../tensor/option.js';
import { sizeOf, type Tensor, zeros } from '../../tensor/tensor.js';
import { stabilityOf } from '../game/sampled.js';
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
    cells: searched(
      integer({ doc: "cells along each side of a mask's coarse grid", default: 8, min: 1, max: 1000 }),
      { from: 3, to: 16, draws: 'whole' },
    ),
    keep: searched(number({ doc: 'the probability that a cell is seen', default: 0.5, min: 1e-6, max: 1 }), {
      from: 0.1,
      to: 0.9,
    }),
    antithetic: flag({
      doc: 'whether each random mask is followed by its complement (keep=0.5 only)',
      default: false,
    }),
    quantity: searched(
      choice(['probability', 'logit', 'sigmoid'], {
        doc: 'what of the target weighs a mask; a probability is what the head of the model makes it: a softmax, a sigmoid, or the output as it is',
        default: 'probability',
      }),
      { among: ['probability', 'logit'] },
    ),
  },
  maps: 'spatial',
  async attribute(request) {
    const { model, input, targets, options, run, seed } = request;
    const space = spaceOf(model);
    const area = sizeOf(space);
    const given = typeof options.masks === 'number' ? undefined : checked(options.masks, space);
    const draws = given ? given.shape[0]! : (options.masks as number);
    if (options.antithetic && (given || options.keep !== 0.5))
      throw usageError("option 'antithetic' takes random masks and keep=0.5");
    const random = (draw: number) =>
      riseMask(seededRandom(`${seed}/${draw}`), options.cells, options.keep, space);
    const maskOf = (draw: number) => {
      if (given) return given.data.subarray(draw * area, (draw + 1) * area);
      if (!options.antithetic) return random(draw);
      const mask = random(draw >> 1);
      return draw % 2 === 0 ? mask : mask.map((seen) => 1 - seen);
    };
    const weigh = (outputs: Tensor) =>
      options.quantity === 'logit'
        ? outputs
        : options.quantity === 'sigmoid'
          ? ownSigmoids(model, outputs)
          : probabilities(model, outputs);
    // One sum for each half of the draws: their agreement tells how far the map has converged.
    const halves = [0, 1].map(() => new Float64Array(targets.length * area));
    await overMasks({
      ...{ model, input, run, draws, maskOf, label: 'RISE masks' },
      take(sample, draw, mask, outputs) {
        const sums = halves[(draw >> 1) % 2]!;
        const output = weigh(outputs).data[targets[sample]!]!;
        for (let p = 0, o = sample * area; p < area; p++, o++) sums[o]! += output * mask[p]!;
      },
    });
    const map = zeros([targets.length, 1, ...space]);
    for (let i = 0; i < map.data.length; i++)
      map.data[i] = (halves[0]![i]! + halves[1]![i]!) / draws / options.keep;
    const convergence = targets.map((_, sample) => {
      const [one, other] = halves.map((sums) => sums.subarray(sample * area, (sample + 1) * area));
      return { stability: stabilityOf(one!, other!) };
    });
    const quantity = options.quantity === 'logit' ? 'raw output' : 'probability';
    const notes = fewMasks(draws, given ? undefined : options.cells ** space.length);
    return {
      ...{ map, quantity, notes, ...(draws >= 4 && { convergence }) },
      evaluations: { forward: draws, backward: 0 },
    };
  },
});

/** Masks of the paper's experiments: 4000 for VGG-16, 8000 for ResNet-50. */
const PAPER = 4000;

/** The note of a map from fewer masks than the paper takes, or than its grid has cells. */
function fewMasks(masks: number, cells: number | undefined): readonly string[] {
  if (masks >= PAPER) return [];
  const fewer = cells !== undefined && masks < cells ? `, fewer than its grid has cells (${cells})` : '';
  return [`made of ${masks} random masks${fewer}; the paper takes 4000 to 8000: expect noise`];
}

/**
 * A random mask: a grid of visible and hidden cells, upsampled bilinearly to one cell more than the input
 * and cropped at a random offset.
 */
export function riseMask(
  random: Random,
  cells: number,
  keep: number,
  space: readonly number[],
): Float32Array {
  const shape = space.map(() => cells);
  const grid = Float32Array.from({ length: sizeOf(shape) }, () => (random.uniform() < keep ? 1 : 0));
  const shift = space.map((length) => random.below(Math.ceil(length / cells)));
  return enlarge({ data: grid, shape }, shift, space);
}

/**
 * The part of the upsampled grid that starts at `shift`. Interpolates linearly between cell centres along
 * each axis and reflects at the edges, as the authors' code does.
 */
export function enlarge(
  { data, shape }: Tensor,
  shift: readonly number[],
  space: readonly number[],
): Float32Array {
  // From the last axis to the first: each step interpolates along one axis.
  let values: Float32Array | Float64Array = data;
  for (let axis = space.length - 1; axis >= 0; axis--) {
    const [cells, count] = [shape[axis]!, space[axis]!];
    const inner = sizeOf(space.slice(axis + 1));
    const outer = sizeOf(shape.slice(0, axis));
    const places = taps(cells, (cells + 1) * Math.ceil(count / cells), shift[axis]!, count);
    const out = new Float64Array(outer * count * inner);
    for (let o = 0, to = 0; o < outer; o++) {
      for (const { low, part } of places) {
        const from = (o * cells + low) * inner;
        const next = (o * cells + Math.min(cells - 1, low + 1)) * inner;
        for (let i = 0; i < inner; i++, to++)
          out[to] = values[from + i]! * (1 - part) + values[next + i]! * part;
      }
    }
    values = out;
  }
  return Float32Array.from(values);
}

/**
 * For `count` output pixels from `start`, on an axis enlarged to `length`: the index of the cell before each
 * pixel and the fractional distance to the next.
 */
function taps(cells: number, length: number, start: number, count: number) {
  return Array.from({ length: count }, (_, i) => {
    const before = Math.abs(((start + i + 0.5) * cells) / length - 0.5);
    const place = Math.max(0, Math.min(before, 2 * (cells - 1) - before));
    const low = Math.floor(place);
    return { low, part: place - low };
  });
}

function checked(masks: Tensor, space: readonly number[]): Tensor {
  const [, ...shape] = masks.shape;
  if (shape.join() !== [1, ...space].join()) {
    throw usageError(`option 'masks' has shape [${masks.shape}]; it takes a number or [M,1,${space}]`);
  }
  return masks;
}
