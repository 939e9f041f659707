import { unsupported } from '../../base/errors.js';
import { integer, number, type Option, searched } from '../../base/options.js';
import { cite } from '../../base/paper.js';
import { checkpoint } from '../../base/run.js';
import { float32 } from '../../graph/elements.js';
import type { Graph, Value } from '../../graph/graph.js';
import { type Classifier, classCount, imageShape } from '../../model/classifier.js';
import { inForm } from '../../model/forms/index.js';
import { predict } from '../../model/predict.js';
import { rowsProgram } from '../../model/rows-program.js';
import { sizeOf, type Tensor, zeros } from '../../tensor/tensor.js';
import { type Baseline, baselineFor, baselineOption, baselines } from '../input/baseline.js';
import { comparedOutputs } from '../input/targets.js';
import { method } from '../method.js';
import { gradient } from '../program/backward.js';
import { explainProgram, oneHot, seedName } from '../program/explain.js';

/** The weight of the area and how it grows each step; the pace and the momentum of the descent. */
const area = { weight: 300, growth: 1.0035 };
const descent = { pace: 0.01, momentum: 0.9 };

const hidden: Option<Baseline> = { ...baselineOption('what stands for what is hidden'), default: 'blur' };

export const extremal = method({
  name: 'extremal',
  family: 'perturbation',
  doc: 'The smooth mask of a given area through which the target output is greatest, by gradient descent on the mask.',
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
    steps: integer({ doc: 'steps of the descent', default: 300, min: 1, max: 100_000 }),
    baseline: searched(hidden, baselines),
  },
  maps: 'spatial',
  async attribute({ model, input, targets, options, run, seed }) {
    if (model.input.layout === 'other')
      throw unsupported(`extremal takes images; the model takes [N,${model.input.shape}]`);
    const { height, width } = imageShape(model);
    const { cells, steps } = options;
    const baseline = baselineFor(options.baseline, input, model, { seed });
    const own = inForm(model, 'gradient');
    const count = targets.length;
    const program = await rowsProgram(own, `extremal ${cells}`, () => maskGraph(own, cells), count);
    const size = cells * cells;
    const mask = { data: new Float32Array(count * size).fill(0.5), shape: [count, 1, cells, cells] };
    const speed = new Float64Array(mask.data.length);
    const fixed = { [names.down]: smoothing(height, cells), [names.across]: smoothing(width, cells) };
    const feeds = {
      [names.image]: input,
      [names.baseline]: baseline,
      [seedName]: oneHot(targets, classCount(model)),
    };
    const bar = run.progress.start('extremal perturbation', steps);
    let weight = area.weight;
    for (let step = 0; step < steps; step++, weight *= area.growth) {
      await checkpoint(run);
      const { [names.slope]: slope } = await program.run({ ...feeds, [names.mask]: mask }, run, fixed);
      for (let row = 0; row < count; row++) {
        const cellsOf = (data: Float32Array) => data.subarray(row * size, (row + 1) * size);
        const values = cellsOf(mask.data);
        const wanted = template(values, options.area);
        for (const [i, value] of values.entries()) {
          const uphill = cellsOf(slope!.data)[i]! - (2 * weight * (value - wanted[i]!)) / size;
          const at = row * size + i;
          speed[at] = descent.momentum * speed[at]! + uphill;
          values[i] = Math.min(1, Math.max(0, value + descent.pace * speed[at]!));
        }
      }
      bar.advance();
    }
    bar.done();
    const map = zeros([count, 1, height, width]);
    for (let row = 0; row < count; row++)
      map.data.set(
        enlarged(mask.data.subarray(row * size, (row + 1) * size), fixed[names.down]!, fixed[names.across]!),
        row * height * width,
      );
    const [whole, nothing] = [await predict(model, input, run), await predict(model, baseline, run)];
    return {
      map,
      compared: comparedOutputs(whole, nothing, targets),
      evaluations: { forward: steps + 2, backward: steps },
    };
  },
});

const names = {
  ...{ image: 'sl.image', baseline: 'sl.baseline', mask: 'sl.mask', slope: 'sl.slope' },
  ...{ down: 'sl.down', across: 'sl.across' },
};

/**
 * Takes images, baselines and grids of masks; gives the gradient of the target output by the cells of the
 * mask.
 */
function maskGraph(model: Classifier, cells: number): Graph {
  const { input } = model;
  const { height, width } = imageShape(model);
  const fed = (name: string, ...shape: (number | string)[]): Value => ({ name, type: 'float32', shape });
  const apart = 'sl.apart';
  return explainProgram(model, {
    front: {
      feeds: [
        fed(names.image, 'N', ...input.shape),
        fed(names.baseline, 'N', ...input.shape),
        fed(names.mask, 'N', 1, cells, cells),
        fed(names.down, height, cells),
        fed(names.across, width, cells),
      ],
      make(builder, name) {
        const { matMul, transpose, add, mul, sub, alias } = builder;
        const mask = matMul(matMul(names.down, names.mask), transpose(names.across, [1, 0]));
        alias(sub(names.image, names.baseline), apart);
        alias(add(names.baseline, mul(mask, apart)), name);
      },
    },
    outputs({ mul, reduce, matMul, transpose }, walk) {
      const { [input.name]: slopes } = walk({ method: 'extremal', ruleFor: gradient });
      const byPixel = reduce('ReduceSum', mul(slopes!, apart), [1]);
      return { [names.slope]: matMul(matMul(transpose(names.down, [1, 0]), byPixel), names.across) };
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

/** A grid of cells at the size of the image. */
function enlarged(grid: Float32Array, down: Tensor, across: Tensor): Float32Array {
  const [height, width] = [down.shape[0]!, across.shape[0]!];
  const cells = down.shape[1]!;
  const out = new Float32Array(sizeOf([height, width]));
  for (let y = 0; y < height; y++) {
    for (let cell = 0; cell < cells * cells; cell++) {
      const part = down.data[y * cells + Math.floor(cell / cells)]! * grid[cell]!;
      if (part === 0) continue;
      for (let x = 0; x < width; x++) out[y * width + x]! += part * across.data[x * cells + (cell % cells)]!;
    }
  }
  return out;
}

/** 1 for the greatest cells that fill the area, 0 for the others. */
function template(values: Float32Array, kept: number): Float32Array {
  const order = [...values.keys()].sort((a, b) => values[b]! - values[a]! || a - b);
  const wanted = new Float32Array(values.length);
  for (const cell of order.slice(0, Math.round(kept * values.length))) wanted[cell] = 1;
  return wanted;
}
