import { unsupported } from '../../base/errors.js';
import { cite } from '../../base/paper.js';
import { placesOf } from '../../model/classifier.js';
import { foldedIn } from '../../model/maps/folded.js';
import { layerOf } from '../../model/maps/layer.js';
import { asMap } from '../../model/maps/layer-values.js';
import { placedBy } from '../../model/maps/view.js';
import { predict } from '../../model/predict.js';
import { softmaxRows } from '../../model/probability.js';
import { extent } from '../../tensor/quantile.js';
import { rows, sizeOf, zeros } from '../../tensor/tensor.js';
import { comparedWithZeros } from '../input/faded.js';
import { targetOutputs } from '../input/targets.js';
import { method } from '../method.js';
import { overDraws } from '../program/draws.js';
import { upsample } from '../program/upsample.js';
import { imagesIn } from './by-image.js';
import { camOptions, finish, layerValues, weighted } from './cam.js';

export const scorecam = method({
  name: 'scorecam',
  family: 'cam',
  doc: "A layer's activations weighted by the softmax of the target's outputs for the input masked with each channel (resized with aligned corners, as in pytorch-grad-cam).",
  paper: cite`Wang, Wang, Du, Yang, Zhang, Ding, Mardziel, Hu (2020). Score-CAM: score-weighted visual explanations for convolutional neural networks. arXiv:1910.01279`,
  options: camOptions,
  maps: 'spatial',
  async attribute(request) {
    const { model, input, targets, options, run } = request;
    const place = layerOf(model, options.layer);
    const activations = asMap(place, await layerValues(request, place.value));
    const [count, channels, ...places] = activations.shape as [number, number, ...number[]];
    const area = sizeOf(places);
    const size = sizeOf(model.input.shape);
    const image = foldedIn(model)?.image ?? model;
    const whole = placesOf(image);
    const images = foldedIn(model)?.count ?? 1;
    const { ofPlane } = imagesIn(model, images * sizeOf(whole));
    if (places.length !== whole.length)
      throw unsupported(
        `scorecam masks an input [N,${model.input.shape}] by maps with as many axes; those of '${place.value}' have [${places}]`,
      );
    const { view } = placedBy(image, place);
    const masked = (row: number, channel: number) => {
      const from = (row * channels + channel) * area;
      const own = activations.data.subarray(from, from + area);
      if (!view) return toUnit(alignedTo(own, places, whole));
      return toUnit(upsample({ data: own, shape: [1, 1, ...places] }, 'bilinear', whole, view).data);
    };
    const scores = zeros([count, channels]);
    await overDraws({
      model,
      targets,
      run,
      draws: channels * images,
      label: 'masks from channels',
      vary(sample, draw, row) {
        const own = Math.floor(draw / channels);
        const seen = masked(sample * images + own, draw % channels);
        const x = input.data.subarray(sample * size, (sample + 1) * size);
        for (let i = 0; i < size; i++) {
          const isOther = ofPlane[Math.floor(i / seen.length)] !== own;
          row[i] = isOther ? x[i]! : x[i]! * seen[i % seen.length]!;
        }
      },
      ask: async (batch, of) => targetOutputs(await predict(model, batch, run), of),
      take(sample, draw, row) {
        scores.data[sample * images * channels + draw] = row[0]!;
      },
    });
    const raw = zeros([count, 1, ...places]);
    for (let i = 0; i < count; i++) {
      const weights = softmaxRows(rows(scores, i, i + 1)).data;
      const { data } = rows(activations, i, i + 1);
      const sampled = { activations: data, channels, area };
      const map = weighted(sampled, (c) => weights[c]!);
      raw.data.set(map, i * area);
    }
    const evaluations = { forward: images * channels + 1, backward: 0 };
    return { ...finish(raw, request, evaluations), compared: await comparedWithZeros(request) };
  },
});

/** A channel resized with aligned corners, as in the authors' code. */
function alignedTo(channel: Float32Array, from: readonly number[], to: readonly number[]) {
  let values: ArrayLike<number> = channel;
  for (const [axis, length] of from.entries())
    values = stretched(values, sizeOf(from.slice(axis + 1)), length, to[axis]!);
  return values;
}

function toUnit(values: ArrayLike<number>): Float32Array {
  const { low, high } = extent(values);
  return Float32Array.from(values, (value) => (value - low) / (high - low + 1e-8));
}

/** Values `[..., from, inner]` resized to `[..., to, inner]`. */
function stretched(values: ArrayLike<number>, inner: number, from: number, to: number): Float64Array {
  const out = new Float64Array((values.length / from) * to);
  const step = to > 1 ? (from - 1) / (to - 1) : 0;
  for (let i = 0; i < out.length; i++) {
    const outer = Math.floor(i / (to * inner));
    const place = (Math.floor(i / inner) % to) * step;
    const low = Math.min(Math.floor(place), from - 1);
    const high = Math.min(low + 1, from - 1);
    const at = (cell: number) => values[(outer * from + cell) * inner + (i % inner)]!;
    out[i] = at(low) + (place - low) * (at(high) - at(low));
  }
  return out;
}
