import { choice, flag, type OptionValues, text } from '../../base/options.js';
import type { Paper } from '../../base/paper.js';
import { classCount, imageShape } from '../../model/classifier.js';
import { resizeBilinear, resizeNearest } from '../../tensor/resize.js';
import { type Tensor, zeros } from '../../tensor/tensor.js';
import { type Attribution, type Method, method, type Request } from '../method.js';
import { gradient, runPass } from '../program/backward.js';
import { explained, oneHot } from '../program/explain.js';
import { type CamLayer, layerOf } from './layer.js';
import { asMap } from './layer-values.js';

export const camOptions = {
  layer: text({ doc: 'the ONNX value to look at; the last spatial map by default', default: '' }),
  relu: flag({ doc: 'keep only what speaks for the target', default: true }),
  upsample: choice(['bilinear', 'nearest', 'none'], {
    doc: "to the input's resolution",
    default: 'bilinear',
  }),
};

export type CamOptions = OptionValues<typeof camOptions>;

/**
 * The activations of a layer for one sample, and the gradient of the target's raw output with respect to
 * them.
 */
export interface LayerSample {
  readonly activations: Float32Array;
  readonly gradients: Float32Array;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

/** Declares a class activation mapping (CAM) method by its weighting of a layer's activations. */
export function camMethod<const N extends string>(declared: {
  readonly name: N;
  readonly doc: string;
  readonly paper: Paper;
  /** Computes the map `[h, w]` of one sample. */
  weigh(layer: LayerSample): ArrayLike<number>;
}): Method<N, typeof camOptions> {
  const { name, doc, paper, weigh } = declared;
  return method({
    name,
    family: 'cam',
    doc,
    paper,
    options: camOptions,
    maps: 'spatial',
    async attribute(request) {
      const { activations, gradients } = await layerPass(
        request,
        layerOf(request.model, request.options.layer),
      );
      const [count, channels, height, width] = activations.shape as [number, number, number, number];
      const raw = zeros([count, 1, height, width]);
      const [size, area] = [channels * height * width, height * width];
      for (let i = 0; i < count; i++) {
        const part = (t: Tensor) => t.data.subarray(i * size, (i + 1) * size);
        const layer = { activations: part(activations), gradients: part(gradients), channels, height, width };
        raw.data.set(weigh(layer), i * area);
      }
      return finish(raw, request, { forward: 1, backward: 1 });
    },
  });
}

/** A layer's activations and the gradients of each row's target with respect to them, both `[N, C, h, w]`. */
export async function layerPass({ model, input, targets, run }: Request<unknown>, place: CamLayer) {
  const layer = place.value;
  const pass = { method: 'gradient', ruleFor: gradient, wrt: [layer], also: [layer] };
  const { values, quantities } = await runPass(model, pass, input, oneHot(targets, classCount(model)), run);
  return { activations: asMap(place, values[layer]!), gradients: asMap(place, quantities[layer]!) };
}

/** A layer's activations, in the model's own layout. */
export async function layerValues({ model, input, run }: Request<unknown>, layer: string): Promise<Tensor> {
  const program = () => ({ outputs: () => ({ [layer]: layer }) });
  const found = await explained(model, { key: `to ${layer}`, program, input, run });
  return found[layer]!;
}

/** The last step of all CAM methods: applies ReLU, then resizes the maps to the input. */
export function finish(
  raw: Tensor,
  { model, options }: Request<CamOptions>,
  evaluations: Attribution['evaluations'],
): Attribution {
  const map = options.relu ? { data: raw.data.map((v) => Math.max(0, v)), shape: raw.shape } : raw;
  const { height, width } = imageShape(model);
  const layer = layerOf(model, options.layer).value;
  if (options.upsample === 'none') return { map, evaluations, layer };
  const resize = options.upsample === 'bilinear' ? resizeBilinear : resizeNearest;
  return { map: resize(map, height, width), evaluations, layer };
}

/** The sum over channels of weight times activation, with one weight per channel. */
export function weighted(
  { activations, channels, height, width }: LayerSample,
  weight: (channel: number) => number,
) {
  const area = height * width;
  const map = new Float64Array(area);
  for (let c = 0; c < channels; c++) {
    const w = weight(c);
    for (let p = 0; p < area; p++) map[p]! += w * activations[c * area + p]!;
  }
  return map;
}

/** Sums over the positions of one channel. */
export function overPositions(
  { height, width }: LayerSample,
  channel: number,
  value: (i: number) => number,
): number {
  const area = height * width;
  let sum = 0;
  for (let i = channel * area; i < (channel + 1) * area; i++) sum += value(i);
  return sum;
}

/** Sums over channels at each position. */
export function overChannels(
  { channels, height, width }: LayerSample,
  value: (i: number) => number,
): Float64Array {
  const map = new Float64Array(height * width);
  for (let i = 0; i < channels * map.length; i++) map[i % map.length]! += value(i);
  return map;
}
