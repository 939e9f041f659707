import { unsupported } from '../../base/errors.js';
import { cite } from '../../base/paper.js';
import { imageShape } from '../../model/classifier.js';
import { predict } from '../../model/predict.js';
import { softmaxRows } from '../../model/probability.js';
import { rows, sizeOf, zeros } from '../../tensor/tensor.js';
import { targetOutputs } from '../input/targets.js';
import { method } from '../method.js';
import { overDraws } from '../program/draws.js';
import { camOptions, finish, layerValues, weighted } from './cam.js';
import { layerOf } from './layer.js';
import { asMap } from './layer-values.js';

export const scorecam = method({
  name: 'scorecam',
  family: 'cam',
  doc: "A layer's activations weighted by the softmax of the target's outputs for the input masked with each channel.",
  paper: cite`Wang, Wang, Du, Yang, Zhang, Ding, Mardziel, Hu (2020). Score-CAM: score-weighted visual explanations for convolutional neural networks. arXiv:1910.01279`,
  options: camOptions,
  maps: 'spatial',
  async attribute(request) {
    const { model, input, targets, options, run } = request;
    const place = layerOf(model, options.layer);
    const activations = asMap(place, await layerValues(request, place.value));
    if (activations.shape.length > 4)
      throw unsupported('scorecam masks images by the channels of a layer; this model takes volumes');
    const [count, channels, height, width] = activations.shape as [number, number, number, number];
    const area = height * width;
    const size = sizeOf(model.input.shape);
    const { height: rowsOfInput, width: columns } = imageShape(model);
    const masked = (sample: number, channel: number) => {
      const from = (sample * channels + channel) * area;
      return mask(activations.data.subarray(from, from + area), height, width, rowsOfInput, columns);
    };
    const scores = zeros([count, channels]);
    await overDraws({
      model,
      targets,
      run,
      draws: channels,
      label: 'masks from channels',
      vary(sample, channel, row) {
        const seen = masked(sample, channel);
        const x = input.data.subarray(sample * size, (sample + 1) * size);
        for (let i = 0; i < size; i++) row[i] = x[i]! * seen[i % seen.length]!;
      },
      ask: async (batch, of) => targetOutputs(await predict(model, batch, run), of),
      take(sample, channel, row) {
        scores.data[sample * channels + channel] = row[0]!;
      },
    });
    const raw = zeros([count, 1, height, width]);
    for (let i = 0; i < count; i++) {
      const weights = softmaxRows(rows(scores, i, i + 1)).data;
      const { data } = rows(activations, i, i + 1);
      const whole = { activations: data, channels, area };
      const map = weighted(whole, (c) => weights[c]!);
      raw.data.set(map, i * area);
    }
    return finish(raw, request, { forward: channels + 1, backward: 0 });
  },
});

/** A channel scaled to [0, 1] and resized with aligned corners, as in the authors' code. */
function mask(channel: Float32Array, h: number, w: number, height: number, width: number): Float32Array {
  const out = new Float32Array(height * width);
  const step = (from: number, to: number) => (to > 1 ? (from - 1) / (to - 1) : 0);
  const [sy, sx] = [step(h, height), step(w, width)];
  let [low, high] = [Infinity, -Infinity];
  for (let y = 0; y < height; y++) {
    const v = y * sy;
    const top = Math.min(Math.floor(v), h - 1);
    const bottom = Math.min(top + 1, h - 1);
    for (let x = 0; x < width; x++) {
      const u = x * sx;
      const left = Math.min(Math.floor(u), w - 1);
      const right = Math.min(left + 1, w - 1);
      const a =
        channel[top * w + left]! + (u - left) * (channel[top * w + right]! - channel[top * w + left]!);
      const b =
        channel[bottom * w + left]! +
        (u - left) * (channel[bottom * w + right]! - channel[bottom * w + left]!);
      const value = a + (v - top) * (b - a);
      out[y * width + x] = value;
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  }
  return out.map((value) => (value - low) / (high - low + 1e-8));
}
