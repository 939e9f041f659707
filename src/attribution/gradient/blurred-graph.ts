import { int } from '../../graph/attributes.js';
import { float32 } from '../../graph/elements.js';
import { range } from '../../graph/shapes.js';
import { type Classifier, placesOf } from '../../model/classifier.js';
import { foldedGaussian } from '../../tensor/blur.js';
import { sizeOf } from '../../tensor/tensor.js';
import type { MapGraph } from '../map-graph.js';
import { alongAxes } from '../program/along-axes.js';
import { copiesGraph, elementOf } from '../program/copies.js';

/**
 * Integrated gradients along the blurs of an image with each of `sigmas`, from 0 on, by the trapezoidal rule,
 * as a graph.
 */
export function blurredGraph(model: Classifier, sigmas: readonly number[]): MapGraph {
  const { shape } = model.input;
  const [places, count] = [placesOf(model), sigmas.length];
  let blurs = '';
  return copiesGraph(model, {
    count,
    make(builder, images) {
      const matrices = places.map((length) => ({
        name: builder.constant(float32(blurMatrices(sigmas, length), [count, 1, length, length])),
        rank: 4 as const,
      }));
      const made = alongAxes(builder, images, places, places, matrices);
      blurs = builder.reshape(made, [count, -1, ...shape]);
      return blurs;
    },
    combine(builder, gradients, outputs) {
      const { matMul, reshape, mul, sub, reduce, constant } = builder;
      const flat = reshape(blurs, [count, -1]);
      const steps = matMul(constant(float32(stepsBetween(count), [count, count])), flat);
      const products = mul(reshape(steps, [count, -1, ...shape]), gradients);
      const at = (copy: number) => elementOf(builder, outputs, copy);
      return {
        map: reduce('ReduceSum', products, [0], { keepdims: int(0) }),
        total: sub(at(0), at(count - 1)),
        output: at(0),
      };
    },
  });
}

/** The symmetric matrices that blur a line of pixels, one for each sigma. */
function blurMatrices(sigmas: readonly number[], length: number): Float32Array {
  const all = new Float32Array(sigmas.length * length * length);
  for (const [k, sigma] of sigmas.entries()) {
    const folded = foldedGaussian(sigma, length);
    for (const i of range(length))
      for (const j of range(length))
        all[(k * length + i) * length + j] = folded[Math.abs(i - j)]! + folded[i + j + 1]!;
  }
  return all;
}

/** Half of the way from the point behind each point to the one before it, as weights of the points. */
function stepsBetween(count: number): Float32Array {
  const weights = new Float32Array(sizeOf([count, count]));
  for (let k = 0; k < count; k++) {
    weights[k * count + Math.max(0, k - 1)]! += 0.5;
    weights[k * count + Math.min(count - 1, k + 1)]! -= 0.5;
  }
  return weights;
}
