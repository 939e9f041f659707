import { unsupported } from '../../base/errors.js';
import { integer, number, type Option, searched } from '../../base/options.js';
import { cite } from '../../base/paper.js';
import { checkpoint } from '../../base/run.js';
import { float32 } from '../../graph/elements.js';
import type { Graph, Value } from '../../graph/graph.js';
import { type Classifier, classCount, ownShape, placesOf } from '../../model/classifier.js';
import { inForm } from '../../model/forms/index.js';
import { predict } from '../../model/predict.js';
import { rowsProgram } from '../../model/rows-program.js';
import { sizeOf, type Tensor, zeros } from '../../tensor/tensor.js';
import { type Baseline, baselineFor, baselineOption, baselines } from '../input/baseline.js';
import { comparedOutputs } from '../input/targets.js';
import { method } from '../method.js';
import { alongAxes } from '../program/along-axes.js';
import { gradient } from '../program/backward.js';
import { explainProgram, oneHot, seedName } from '../program/explain.js';

/**
 * The weight of the area, from the first step to the last: at first the output alone says where the mask
 * grows, at last the mask is of the area. The paper's weight of 300 fits one scale of outputs only. Of the
 * ascent: what the steepest gain so far counts as, the pace and the momentum.
 */
const area = { first: 0.1, last: 100 };
const ascent = { steepest: 10, pace: 0.003, momentum: 0.9 };

const hidden: Option<Baseline> = { ...baselineOption('what stands for what is hidden'), default: 'blur' };

export const extremal = method({
  name: 'extremal',
  family: 'perturbation',
  doc: 'The smooth mask of a given area through which the target output is greatest, by gradient ascent on the mask.',
  paper: cite`Fong, Patrick, Vedaldi (2019). Understanding deep networks via extremal perturbations and smooth masks. arXiv:1910.08485`,
  options: {
    area: searched(
      number({ doc: 'the fraction of the image that is kept', default: 0.1, min: 0.001, max: 0.999 }),
      { from: 0.02, to: 0.4, draws: 'log' },
    ),
    cells: searched(
      integer({ doc: "cells along each side of the mask's grid", default: 16, min: 2, max: 1000 }),
      { from: 6, to: 24, draws: 'whole' },
    ),
    steps: integer({ doc: 'steps of the ascent', default: 300, min: 1, max: 100_000 }),
    baseline: searched(hidden, baselines),
  },
  maps: 'spatial',
  async attribute({ model, input, targets, options, run, seed }) {
    const places = placesOf(model);
    if (model.input.layout === 'other' && places.length !== 3)
      throw unsupported(`extremal takes images and volumes; the model takes [N,${ownShape(model.input)}]`);
    const { cells, steps } = options;
    const baseline = baselineFor(options.baseline, input, model, { seed });
    const own = inForm(model, 'gradient');
    const count = targets.length;
    const program = await rowsProgram(own, `extremal ${cells}`, () => maskGraph(own, cells), count);
    const grid = places.map(() => cells);
    const size = sizeOf(grid);
    const mask = { data: new Float32Array(count * size).fill(0.5), shape: [count, 1, ...grid] };
    const speed = new Float64Array(mask.data.length);
    const steepest = new Float64Array(count);
    const weights = places.map((length) => smoothing(length, cells));
    const fixed = Object.fromEntries(weights.map((one, axis) => [along(axis), one]));
    const feeds = {
      [names.image]: input,
      [names.baseline]: baseline,
      [seedName]: oneHot(targets, classCount(model)),
    };
    const bar = run.progress.start('extremal perturbation', steps);
    for (let step = 0; step < steps; step++) {
      const weight = area.first * (area.last / area.first) ** (step / Math.max(1, steps - 1));
      await checkpoint(run);
      const { [names.slope]: slope } = await program.run({ ...feeds, [names.mask]: mask }, run, fixed);
      for (let row = 0; row < count; row++) {
        const cellsOf = (data: Float32Array) => data.subarray(row * size, (row + 1) * size);
        const values = cellsOf(mask.data);
        const slopes = cellsOf(slope!.data);
        const wanted = template(values, options.area);
        steepest[row] = slopes.reduce((most, one) => Math.max(most, Math.abs(one)), steepest[row]!);
        for (const [i, value] of values.entries()) {
          // As shares of the steepest, gains do not depend on the scale of the output.
          const gain = (ascent.steepest * slopes[i]!) / (steepest[row]! || 1);
          const uphill = gain - 2 * weight * (value - wanted[i]!);
          const at = row * size + i;
          speed[at] = ascent.momentum * speed[at]! + uphill;
          values[i] = Math.min(1, Math.max(0, value + ascent.pace * speed[at]!));
        }
      }
      bar.advance();
    }
    bar.done();
    const map = zeros([count, 1, ...places]);
    const pixels = sizeOf(places);
    for (let row = 0; row < count; row++)
      map.data.set(enlarged(mask.data.subarray(row * size, (row + 1) * size), weights), row * pixels);
    const [whole, nothing] = [await predict(model, input, run), await predict(model, baseline, run)];
    return {
      map,
      compared: comparedOutputs(model, { input: whole, baseline: nothing, targets }),
      evaluations: { forward: steps + 2, backward: steps },
    };
  },
});

const names = { image: 'sl.image', baseline: 'sl.baseline', mask: 'sl.mask', slope: 'sl.slope' };
/** The weights of the mask's cells along an axis of the positions. */
const along = (axis: number) => `sl.along.${axis}`;

/**
 * Takes images, baselines and grids of masks; gives the gradient of the target output by the cells of the
 * mask.
 */
function maskGraph(model: Classifier, cells: number): Graph {
  const { input } = model;
  const places = placesOf(model);
  const grid = places.map(() => cells);
  const fed = (name: string, ...shape: (number | string)[]): Value => ({ name, type: 'float32', shape });
  const apart = 'sl.apart';
  return explainProgram(model, {
    front: {
      feeds: [
        fed(names.image, 'N', ...input.shape),
        fed(names.baseline, 'N', ...input.shape),
        fed(names.mask, 'N', 1, ...grid),
        ...places.map((length, axis) => fed(along(axis), length, cells)),
      ],
      make(builder, name) {
        const { reshape, add, mul, sub, alias } = builder;
        const weights = places.map((_, axis) => ({ name: along(axis), rank: 2 as const }));
        const enlarged = alongAxes(builder, names.mask, grid, places, weights);
        const mask = places.length === 2 ? enlarged : reshape(enlarged, [-1, 1, ...places]);
        alias(sub(names.image, names.baseline), apart);
        alias(add(names.baseline, mul(mask, apart)), name);
      },
    },
    outputs(builder, walk) {
      const { mul, reduce, transpose, reshape } = builder;
      const { [input.name]: slopes } = walk({ method: 'extremal', ruleFor: gradient });
      const byPixel = reduce('ReduceSum', mul(slopes!, apart), [1]);
      const weights = places.map((_, axis) => ({
        name: transpose(along(axis), [1, 0]),
        rank: 2 as const,
      }));
      const slope = alongAxes(builder, byPixel, places, grid, weights);
      return { [names.slope]: places.length === 2 ? slope : reshape(slope, [-1, 1, ...grid]) };
    },
  });
}

/**
 * How much each pixel along an axis takes from each cell: a Gaussian as wide as a cell, `[length, cells]`.
 */
function smoothing(length: number, cells: number): Tensor {
  const weights = zeros([length, cells]);
  for (let pixel = 0; pixel < length; pixel++) {
    const row = weights.data.subarray(pixel * cells, (pixel + 1) * cells);
    const place = ((pixel + 0.5) * cells) / length - 0.5;
    for (let cell = 0; cell < cells; cell++) row[cell] = Math.exp(-2 * (place - cell) ** 2);
    const total = row.reduce((sum, weight) => sum + weight, 0);
    for (let cell = 0; cell < cells; cell++) row[cell]! /= total;
  }
  return float32(weights.data, weights.shape) as Tensor;
}

/** A grid of cells at the size of the image, by the weights `[length, cells]` of each axis. */
function enlarged(grid: Float32Array, weights: readonly Tensor[]): Float32Array {
  let values = grid;
  for (const [axis, { data, shape }] of weights.entries()) {
    const [length, cells] = shape as [number, number];
    const inner = cells ** (weights.length - axis - 1);
    const out = new Float32Array((values.length / cells) * length);
    for (let i = 0; i < out.length; i++) {
      const [row, at] = [Math.floor(i / inner) % length, Math.floor(i / (length * inner)) * cells];
      let sum = 0;
      for (let cell = 0; cell < cells; cell++)
        sum += data[row * cells + cell]! * values[(at + cell) * inner + (i % inner)]!;
      out[i] = sum;
    }
    values = out;
  }
  return values;
}

/**
 * 1 for the greatest cells that fill the area, 0 for the others. Equal cells share what falls to them, so
 * that no place is preferred.
 */
function template(values: Float32Array, kept: number): Float32Array {
  const order = [...values.keys()].sort((a, b) => values[b]! - values[a]!);
  const filled = Math.max(1, Math.round(kept * values.length));
  const wanted = new Float32Array(values.length);
  for (let from = 0, to = 0; from < order.length; from = to) {
    to++;
    while (to < order.length && values[order[to]!] === values[order[from]!]) to++;
    const share = Math.min(1, Math.max(0, (filled - from) / (to - from)));
    for (const cell of order.slice(from, to)) wanted[cell] = share;
  }
  return wanted;
}
