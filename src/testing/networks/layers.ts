import { type Random, seededRandom } from '../../base/random.js';
import { type Attributes, float, int, ints } from '../../graph/attributes.js';
import { type Builder, startGraph } from '../../graph/builder.js';
import { float32, int64, scalar } from '../../graph/elements.js';
import type { Graph } from '../../graph/graph.js';
import { sizeOf } from '../../tensor/tensor.js';

/** Builds tiny networks with random weights: values are spoken of by their names. */
export interface Sketch {
  readonly builder: Builder;
  emit(op: string, inputs: readonly string[], attributes?: Attributes): string;
  /** Normal weights that keep the variance of what they are applied to. */
  weights(shape: readonly number[], fanIn?: number): string;
  whole(...values: number[]): string;
  number(value: number): string;
  numbers(values: readonly number[], shape?: readonly number[]): string;
  conv(
    x: string,
    channels: readonly [number, number],
    kernel: number,
    options?: { readonly stride?: number; readonly groups?: number },
  ): string;
  batchNorm(x: string, channels: number): string;
  dense(x: string, inputs: number, outputs: number): string;
}

/** A network of `classes` outputs; `body` ends in `[N, features]`. */
export function network(
  name: string,
  sample: readonly number[],
  body: (sketch: Sketch) => readonly [value: string, features: number],
  classes = 3,
): Graph {
  const random = seededRandom(name);
  const builder = startGraph(name);
  const sketch = sketchOn(builder, random);
  const [value, features] = body(sketch);
  builder.alias(sketch.dense(value, features, classes), 'logits');
  return builder.finish(
    [{ name: 'input', type: 'float32', shape: ['N', ...sample] }],
    [{ name: 'logits', type: 'float32', shape: ['N', classes] }],
  );
}

function sketchOn(builder: Builder, random: Random): Sketch {
  const drawn = (shape: readonly number[], f: () => number) =>
    builder.constant(float32(Float32Array.from({ length: sizeOf(shape) }, f), shape));
  const sketch: Sketch = {
    builder,
    emit: (op, inputs, attributes) => builder.emit(op, inputs, attributes),
    weights: (shape, fanIn = sizeOf(shape.slice(1))) =>
      drawn(shape, () => random.normal() / Math.sqrt(fanIn)),
    whole: (...values) => builder.constant(int64(values)),
    number: (value) => builder.constant(scalar(value)),
    numbers: (values, shape) => builder.constant(float32(values, shape)),
    conv(x, [inputs, outputs], kernel, { stride = 1, groups = 1 } = {}) {
      const w = sketch.weights([outputs, inputs / groups, kernel, kernel]);
      const pad = (kernel - 1) >> 1;
      return sketch.emit('Conv', [x, w, sketch.weights([outputs], 9)], {
        kernel_shape: ints([kernel, kernel]),
        strides: ints([stride, stride]),
        pads: ints([pad, pad, pad, pad]),
        group: int(groups),
      });
    },
    batchNorm(x, channels) {
      const normal = () => drawn([channels], () => 0.3 * random.normal());
      const positive = () => drawn([channels], () => 0.5 + random.uniform());
      const inputs = [x, positive(), normal(), normal(), positive()];
      return sketch.emit('BatchNormalization', inputs, { epsilon: float(1e-5) });
    },
    dense: (x, inputs, outputs) =>
      sketch.emit('Gemm', [x, sketch.weights([outputs, inputs]), sketch.weights([outputs], 9)], {
        transB: int(1),
      }),
  };
  return sketch;
}

export const relu = (s: Sketch, x: string): string => s.emit('Relu', [x]);

/** `[N, C, H, W]` to `[N, C]`. */
export const pooled = (s: Sketch, x: string): string =>
  s.emit('Flatten', [s.emit('GlobalAveragePool', [x])], { axis: int(1) });
