import { inputError, usageError } from '../../base/errors.js';
import { float32 } from '../../graph/elements.js';
import { range } from '../../graph/shapes.js';
import { connectedParts } from '../../tensor/components.js';
import { sizeOf, type Tensor, type TypedArray } from '../../tensor/tensor.js';
import type { Link } from '../head.js';
import { type Chosen, chosenPart } from './classes.js';
import type { Head } from './graft.js';

/** A spatial output's shape: the lengths of its positions, its classes and the axis that holds them. */
export interface Spatial {
  readonly space: readonly number[];
  readonly classes: number;
  readonly axis: number;
}

/** Where each sample predicts a class: its greatest score, or a score above one half. 1 there, else 0. */
export function predictedMasks(scores: Tensor, shape: Spatial, one: number, link: Link): Tensor {
  const { space, classes, axis } = shape;
  const area = sizeOf(space);
  const at = (sample: number, pixel: number, k: number) =>
    scores.data[axis === 1 ? (sample * classes + k) * area + pixel : (sample * area + pixel) * classes + k]!;
  const half = link === 'identity' ? 0.5 : 0;
  const count = scores.shape[0]!;
  const data = new Float32Array(count * area);
  for (let sample = 0; sample < count; sample++)
    for (let pixel = 0; pixel < area; pixel++) {
      const own = at(sample, pixel, one);
      let won = classes > 1 && link !== 'sigmoid' ? true : own > half;
      for (let k = 0; won && classes > 1 && link !== 'sigmoid' && k < classes; k++)
        won = k < one ? at(sample, pixel, k) < own : at(sample, pixel, k) <= own;
      data[sample * area + pixel] = won ? 1 : 0;
    }
  return { data, shape: [count, ...space] };
}

/** A given mask at the output's positions: one for all samples, or one for each. Throws for another shape. */
export function givenMasks(mask: Tensor<TypedArray>, space: readonly number[], count: number): Tensor {
  const area = sizeOf(space);
  const lead = mask.shape.slice(0, -space.length);
  const fits = mask.shape.slice(-space.length).join() === space.join();
  const many = sizeOf(lead);
  if (!fits || (many !== 1 && many !== count))
    throw usageError(
      `the target's mask has shape [${mask.shape}]; it takes [${space}] or [${[count, 1, ...space]}]`,
    );
  const data = Float32Array.from({ length: count * area }, (_, i) => Number(mask.data[i % (many * area)]!));
  return { data: data.map((value) => (value > 0 ? 1 : 0)), shape: [count, ...space] };
}

/** Keeps one connected part (neighbours share a side): the largest, or the one at `x,y`. */
export function onePart({ data, shape }: Tensor, at?: readonly number[]): Tensor {
  const [count, ...space] = shape as [number, ...number[]];
  const area = sizeOf(space);
  const kept = new Float32Array(data.length);
  for (let sample = 0; sample < count; sample++) {
    const mask = { data: data.subarray(sample * area, (sample + 1) * area), shape: space };
    const parts = connectedParts(mask, 'sides');
    const place = at && at[1]! * space.at(-1)! + at[0]!;
    const part =
      place === undefined
        ? parts.reduce((most, one) => (one.length > most.length ? one : most), new Uint32Array())
        : (parts.find((one) => one.includes(place)) ?? new Uint32Array());
    for (const pixel of part) kept[sample * area + pixel] = 1;
  }
  return { data: kept, shape };
}

/** The box `[x, y, width, height]` around the largest connected part of each mask `[N, .., H, W]`. */
export function boxesAround({
  data,
  shape,
}: Tensor<TypedArray>): (readonly [number, number, number, number])[] {
  const [height, width] = shape.slice(-2) as [number, number];
  const area = height * width;
  const masks = { data: Float32Array.from(data, Number), shape: [data.length / area, height, width] };
  const largest = onePart(masks).data;
  return Array.from({ length: data.length / area }, (_, n) => {
    let [left, top, right, bottom] = [width, height, 0, 0];
    for (let p = 0; p < area; p++) {
      if (largest[n * area + p] === 0) continue;
      const [x, y] = [p % width, Math.floor(p / width)];
      [left, top] = [Math.min(left, x), Math.min(top, y)];
      [right, bottom] = [Math.max(right, x + 1), Math.max(bottom, y + 1)];
    }
    return [left, top, right - left, bottom - top] as const;
  });
}

/** Each mask as weights: 1, or 1 over its number of positions. Throws where a mask is empty. */
export function weightsOf({ data, shape }: Tensor, total: 'sum' | 'mean', what: string): Tensor {
  const area = sizeOf(shape.slice(1));
  const weights = Float32Array.from(data);
  for (let from = 0; from < data.length; from += area) {
    const size = data.subarray(from, from + area).reduce((sum, value) => sum + value, 0);
    if (size === 0) throw inputError(`${what} of sample ${from / area} is empty, so that it has no score`);
    if (total === 'mean') for (let i = from; i < from + area; i++) weights[i]! /= size;
  }
  return { data: weights, shape };
}

/** The weighted sums of a class's scores over K masks `[K, ...space]`: `[N, C, ...space]` to `[N, K]`. */
export const regionHead =
  ({ space, axis, classes }: Spatial, chosen: Chosen, weights: Tensor): Head =>
  (builder, scores) => {
    const part = classes === 1 ? scores : chosenPart(builder, scores, axis, chosen);
    const plane = axis === 1 && classes > 1 ? part : builder.reshape(part, [-1, 1, ...space]);
    const mask = builder.constant(float32(weights.data, [1, ...weights.shape]));
    const summed = builder.reduce(
      'ReduceSum',
      builder.mul(plane, mask),
      range(space.length).map((i) => i + 2),
    );
    return builder.reshape(summed, [-1, weights.shape[0]!]);
  };
