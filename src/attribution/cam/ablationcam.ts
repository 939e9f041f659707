import { cite } from '../../base/paper.js';
import { batchSizeOf } from '../../model/batch-size.js';
import { foldedIn } from '../../model/maps/folded.js';
import { layerOf } from '../../model/maps/layer.js';
import { asMap, withoutChannel } from '../../model/maps/layer-values.js';
import { predictExactly } from '../../model/predict.js';
import { type Floats, rows, sizeOf, zeros } from '../../tensor/tensor.js';
import { method, type Part } from '../method.js';
import { samples, wholeOf } from '../notes.js';
import { camOptions, finish, layerValues, weighted } from './cam.js';
import { predictFromLayer } from './from-layer.js';

export const ablationcam = method({
  name: 'ablationcam',
  family: 'cam',
  doc: "A layer's activations weighted by the share of the target's output that is lost without each channel.",
  paper: cite`Desai, Ramaswamy (2020). Ablation-CAM: visual explanations for deep convolutional network via gradient-free localization. doi:10.1109/WACV45572.2020.9093360`,
  options: camOptions,
  maps: 'spatial',
  async attribute(request) {
    const { model, input, targets, options, run, part = wholeOf(targets.length) } = request;
    const place = layerOf(model, options.layer);
    const original = await layerValues(request, place.value);
    const activations = asMap(place, original);
    const logits = await predictExactly(model, input, run);
    const [count, channels, ...space] = activations.shape as [number, number, ...number[]];
    const area = sizeOf(space);
    const raw = zeros([count, 1, ...space]);
    const below = new Set<number>();
    const images = foldedIn(model)?.count ?? 1;
    const dims = [...(images > 1 ? [images] : []), ...original.shape.slice(1)];
    const length = original.data.length / count;
    const progress = run.progress.start('ablation', count * channels);
    for (let i = 0; i < count; i++) {
      const sample = Math.floor(i / images);
      const own = rows(original, sample * images, (sample + 1) * images).data;
      const { data: whole } = rows(activations, i, i + 1);
      const target = (outputs: Floats, row: number) => outputs[row * logits.shape[1]! + targets[sample]!]!;
      const full = target(logits.data, sample);
      if (full < 0) below.add(sample);
      const losses = new Float64Array(channels);
      for (let from = 0; from < channels; from += batchSizeOf(model)) {
        const size = Math.min(batchSizeOf(model), channels - from);
        const values = repeated(own, size, dims);
        for (let k = 0; k < size; k++) {
          const at = (k * images + (i % images)) * length;
          withoutChannel(place, values.data.subarray(at, at + length), channels, from + k);
        }
        const inputs = repeated(rows(input, sample, sample + 1).data, size, model.input.shape);
        const outputs = await predictFromLayer(model, place.value, values, inputs, run);
        for (let k = 0; k < size; k++) losses[from + k] = (full - target(outputs.data, k)) / full;
        progress.advance(size);
      }
      const map = weighted({ activations: whole, channels, area }, (c) => losses[c]!);
      raw.data.set(map, i * area);
    }
    progress.done();
    const made = finish(raw, request, { forward: images * channels + 2, backward: 0 });
    return { ...made, sampleNotes: onNegative([...below], part) };
  },
});

/** The note that a share of a negative output turns all signs. */
const onNegative = (below: readonly number[], part: Part): readonly string[] =>
  below.length === 0
    ? []
    : [
        `the target's output is negative (${samples(below, part)}): its losses are divided by it, so that what speaks for the target is below 0, and what speaks against it above`,
      ];

function repeated(row: Float32Array, count: number, shape: readonly number[]) {
  const out = zeros([count, ...shape]);
  for (let i = 0; i < count; i++) out.data.set(row, i * row.length);
  return out;
}
