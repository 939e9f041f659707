import type { Engine } from '../engine/engine.js';
import type { Graph } from '../graph/graph.js';
import type { Shapes } from '../graph/shapes.js';
import { sizeOf } from '../tensor/tensor.js';
import type { Head } from './head.js';

/** How an image in [0, 1] becomes the model's input: `(x - mean[c]) / std[c]` by channel. */
export interface Normalisation {
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** What programs compute in; what goes in and comes out is in 32 bits either way. */
export type Precision = 'float32' | 'float64';

/** An ONNX classifier ready to be asked and explained. */
export interface Classifier {
  readonly graph: Graph;
  readonly engine: Engine;
  readonly precision: Precision;
  readonly input: {
    readonly name: string;
    /** Without the batch axis: `[C, H, W]`, `[H, W, C]`, or anything else such as `[F]`. */
    readonly shape: readonly number[];
    readonly layout: 'NCHW' | 'NHWC' | 'other';
    readonly normalisation: Normalisation;
  };
  /** The raw output that is explained, `[N, K]`. */
  readonly output: string;
  readonly classes: readonly string[];
  /** What the output is, and how probabilities are made of it. */
  readonly head: Head;
  /** Concrete lengths of every value's shape at batch 1; the batch axis, where it has one. */
  readonly shapes: Shapes;
  /** Names in the file of values that the graph no longer has (of identities and dropouts), and what stands for them. */
  readonly aliases?: ReadonlyMap<string, string>;
}

export interface ImageShape {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

/** The input `[C, H, W]` as an image; one that is none is a single row of pixels. */
export function imageShape({ input: { shape, layout } }: Pick<Classifier, 'input'>): ImageShape {
  const [channels, height, width] = layout === 'other' ? [1, 1, sizeOf(shape)] : shape;
  return { channels: channels!, height: height!, width: width! };
}

export const classCount = (model: Classifier): number => model.shapes.get(model.output)!.dims[1]!;
