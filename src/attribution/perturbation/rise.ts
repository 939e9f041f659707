import { usageError } from '../../base/errors.js';
import { choice, either, flag, integer, number, searched } from '../../base/options.js';
import { cite } from '../../base/paper.js';
import { type Random, seededRandom } from '../../base/random.js';
import { type Classifier, isTable, spaceOf } from '../../model/classifier.js';
import { ownSigmoids, probabilities } from '../../model/probability.js';
import { array } from '../../tensor/option.js';
import { sizeOf, type Tensor, zeros } from '../../tensor/tensor.js';
import { stabilityOf } from '../game/sampled.js';
import { comparedWithZeros } from '../input/faded.js';
import { method, type Part } from '../method.js';
import { samples, wholeOf } from '../notes.js';
import { type CoarseMask, coarseArrays, coarseMasks, coarseSum, shiftsOf } from '../program/coarse-masks.js';
import { type MaskForm, overMasks, wholeMasks } from '../program/mask-sampling.js';

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
      integer({
        doc: "cells along each side of a mask's coarse grid; the features of a table are seen or hidden one by one",
        default: 8,
        min: 1,
        max: 1000,
      }),
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
    const randomOf = (draw: number) => seededRandom(`${seed}/${draw}`);
    const masks = given
      ? arrayMasks(model, (draw) => given.data.subarray(draw * area, (draw + 1) * area))
      : isTable(model.input)
        ? featureMasks(options, model, randomOf)
        : drawnMasks(options, space, randomOf);
    const weigh = (outputs: Tensor) =>
      options.quantity === 'logit'
        ? outputs
        : options.quantity === 'sigmoid'
          ? ownSigmoids(model, outputs)
          : probabilities(model, outputs);
    // One sum for each half of the draws: their agreement tells how far the map has converged.
    const halves = targets.map(() => [masks.sum(), masks.sum()]);
    const weights = targets.map(() => ({ least: Number.POSITIVE_INFINITY, most: Number.NEGATIVE_INFINITY }));
    await overMasks({
      ...{ model, input, run, draws, form: masks.form, maskOf: masks.arrays, label: 'RISE masks' },
      take(sample, draw, outputs) {
        const weight = weigh(outputs).data[targets[sample]!]!;
        const { least, most } = weights[sample]!;
        weights[sample] = { least: Math.min(least, weight), most: Math.max(most, weight) };
        halves[sample]![(draw >> 1) % 2]!.add(draw, weight);
      },
    });
    const map = zeros([targets.length, 1, ...space]);
    const convergence = halves.map((both, sample) => {
      const [one, other] = both.map((half) => half.total());
      for (let i = 0; i < area; i++)
        map.data[sample * area + i] = (one![i]! + other![i]!) / draws / options.keep;
      return { stability: stabilityOf(one!, other!) };
    });
    const compared = await comparedWithZeros(request);
    const quantity = options.quantity === 'logit' ? 'raw output' : 'probability';
    const notes = [
      ...fewMasks(draws, given ? 'given' : isTable(model.input) ? area : options.cells ** space.length),
      ...(options.quantity === 'logit' ? [] : sameWeights(weights, request.part)),
    ];
    return {
      ...{ map, quantity, compared, notes, ...(draws >= 4 && !given && { convergence }) },
      evaluations: { forward: draws, backward: 0 },
    };
  },
});

/** Masks of the paper's experiments: 4000 for VGG-16, 8000 for ResNet-50. */
const PAPER = 4000;

/** The note of a map from fewer masks than the paper takes, or than its grid has cells. */
function fewMasks(masks: number, cells: number | 'given'): readonly string[] {
  if (masks >= PAPER) return [];
  const kind = cells === 'given' ? 'given' : 'random';
  const fewer = cells !== 'given' && masks < cells ? `, fewer than its grid has cells (${cells})` : '';
  return [`made of ${masks} ${kind} masks${fewer}; the paper takes 4000 to 8000: expect noise`];
}

/** The note of maps whose masks all weigh alike, as behind a probability of 1: the means of the masks. */
function sameWeights(
  weights: readonly { readonly least: number; readonly most: number }[],
  part: Part = wholeOf(weights.length),
): string[] {
  const alike = weights.flatMap(({ least, most }, i) => (most > 0 && most - least <= 1e-3 * most ? [i] : []));
  if (alike.length === 0) return [];
  const values = [...new Set(alike.map((i) => weights[i]!.most.toPrecision(3)))].join(', ');
  return [
    `the target's probability is ${values} behind every mask (${samples(alike, part)}), so that the map is the mean of the masks, whatever the model says; follow its raw value (option quantity=logit), or state what the output is (option head)`,
  ];
}

/** Masks as arrays of the engine, and sums of them. */
interface Masks {
  readonly form: MaskForm;
  arrays(draw: number): readonly Float32Array[];
  sum(): { add(draw: number, weight: number): void; total(): Float64Array };
}

/** Masks of the input's size, by their number. */
function arrayMasks(model: Classifier, maskOf: (draw: number) => Float32Array): Masks {
  const area = sizeOf(spaceOf(model));
  return {
    form: wholeMasks(model),
    arrays: (draw) => [maskOf(draw)],
    sum() {
      const total = new Float64Array(area);
      return {
        add(draw, weight) {
          for (const [i, seen] of maskOf(draw).entries()) total[i]! += weight * seen;
        },
        total: () => total,
      };
    },
  };
}

interface Drawing {
  readonly cells: number;
  readonly keep: number;
  readonly antithetic: boolean;
}

/** Visible and hidden features of a table, each drawn by itself: those beside each other are not related. */
const featureMasks = ({ keep, antithetic }: Drawing, model: Classifier, randomOf: (draw: number) => Random) =>
  arrayMasks(
    model,
    withComplements(
      antithetic,
      (draw) => seenCells(sizeOf(model.input.shape), keep, randomOf(draw)),
      complement,
    ),
  );

/** Grids of visible and hidden cells at random shifts. */
function drawnMasks(
  { cells, keep, antithetic }: Drawing,
  space: readonly number[],
  randomOf: (draw: number) => Random,
): Masks {
  const drawn = (draw: number): CoarseMask => {
    const random = randomOf(draw);
    const grid = seenCells(cells ** space.length, keep, random);
    return { cells: grid, shift: space.map((length) => random.below(shiftsOf(length, cells))) };
  };
  const turned = (mask: CoarseMask) => ({ ...mask, cells: complement(mask.cells) });
  const maskOf = withComplements(antithetic, drawn, turned);
  return {
    form: coarseMasks(space, cells),
    arrays: (draw) => coarseArrays(maskOf(draw)),
    sum() {
      const { add, total } = coarseSum(space, cells);
      return { add: (draw, weight) => add(maskOf(draw), weight), total };
    },
  };
}

const seenCells = (length: number, keep: number, random: Random): Float32Array =>
  Float32Array.from({ length }, () => (random.uniform() < keep ? 1 : 0));

const complement = (cells: Float32Array): Float32Array => cells.map((seen) => 1 - seen);

/** Masks by their number; antithetic ones are followed by their complements. */
const withComplements =
  <M>(antithetic: boolean, drawn: (draw: number) => M, turned: (mask: M) => M) =>
  (draw: number): M => {
    if (!antithetic) return drawn(draw);
    const mask = drawn(draw >> 1);
    return draw % 2 === 0 ? mask : turned(mask);
  };

function checked(masks: Tensor, space: readonly number[]): Tensor {
  const [, ...shape] = masks.shape;
  if (shape.join() !== [1, ...space].join()) {
    throw usageError(`option 'masks' has shape [${masks.shape}]; it takes a number or [M,1,${space}]`);
  }
  return masks;
}
