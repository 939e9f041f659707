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

/** An ONNX classifier, ready to predict and to be explained. */
export interface Classifier {
  /** The network in plain ONNX operators. */
  readonly graph: Graph;
  /** What runs it. */
  readonly engine: Engine;
  /** The precision that its programs compute in. */
  readonly precision: Precision;
  /** The input's name, shape, layout and normalisation. */
  readonly input: {
    readonly name: string;
    /** Without the batch axis: `[C, H, W]`, `[H, W, C]`, or anything else such as `[F]`. */
    readonly shape: readonly number[];
    readonly layout: 'NCHW' | 'NHWC' | 'other';
    readonly normalisation: Normalisation;
  };
  /** Name of the raw output that is explained, `[N, K]`. */
  readonly output: string;
  /** Class names, in the order of the outputs. */
  readonly classes: readonly string[];
  /** What the output is, and how probabilities are made of it. */
  readonly head: Head;
  /** Every value's shape at batch 1, and its batch axis where it has one. */
  readonly shapes: Shapes;
  /**
   * Values of the file that the graph no longer has (outputs of identities and dropouts), and the values that
   * replace them.
   */
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
