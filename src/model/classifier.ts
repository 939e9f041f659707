import { unsupported } from '../base/errors.js';
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

/**
 * Precision that programs compute in; inputs and outputs are float32 in any case. `tf32` rounds the factors
 * of convolutions and matrix products to 11 significant bits.
 */
export type Precision = 'float32' | 'float64' | 'tf32' | 'float16';

/** An ONNX classifier, ready to predict and to be explained. */
export interface Classifier {
  /** What errors call it: its file. */
  readonly name?: string;
  /** The network in plain ONNX operators. */
  readonly graph: Graph;
  /** What runs it. */
  readonly engine: Engine;
  /** The precision that its programs compute in. */
  readonly precision: Precision;
  /** The input's name, shape, layout and normalisation. */
  readonly input: {
    readonly name: string;
    /** The type of whole numbers that the file takes, such as `uint8`, where it takes no floats. */
    readonly whole?: string;
    /** Shape without the batch axis: `[C, H, W]`, `[H, W, C]`, or any other such as `[F]`. */
    readonly shape: readonly number[];
    /** The shape in the file's own layout, where a form of the model has another. */
    readonly fileShape?: readonly number[];
    readonly layout: 'NCHW' | 'NHWC' | 'other';
    /** Of another layout, how many of the last axes are positions; undefined where that is not known. */
    readonly space?: number;
    /** Whether another layout has all its positions first and the channels last, as volumes of Keras. */
    readonly channelsLast?: boolean;
    /** How many images a sample holds (frames, views), where the network folds them into its batch. */
    readonly images?: number;
    /** Whether the network picks these images one by one instead. */
    readonly picked?: boolean;
    /** Whether the network reads the positions in another order (width before height, say). */
    readonly turned?: boolean;
    /** Where the layout is stated; undefined where it is guessed from the lengths. */
    readonly layoutBy?: 'option' | 'metadata' | 'graph';
    readonly normalisation: Normalisation;
    /** Where the normalisation is stated; undefined where nothing states it. */
    readonly normalisedBy?: 'option' | 'metadata' | 'graph';
  };
  /** Name of the raw output that is explained, `[N, K]`. */
  readonly output: string;
  /** The value of the network that is asked about, where a target's head stands behind it. */
  readonly asked?: string;
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
  /** Values of the file on which the explained output does not depend, and the outputs that each leads to. */
  readonly aside?: ReadonlyMap<string, readonly string[]>;
  /** Why the graph is one node that runs the network on one sample after another, where it is. */
  readonly alone?: string;
}

/** The shape of a sample as the model's file and its user have it. */
export const ownShape = ({ shape, fileShape }: Classifier['input']): readonly number[] => fileShape ?? shape;

/** What tells where the positions of an input lie. */
export type Layout = Pick<Classifier['input'], 'shape' | 'layout' | 'space' | 'channelsLast'>;

export interface ImageShape {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

/**
 * The input `[C, H, W]` or `[H, W, C]`, or one whose two axes of positions come last or before its channels,
 * as an image. A signal `[C, L]` or `[L, C]` is an image of one row, other inputs are a row of pixels of one
 * channel.
 */
export function imageShape({ input }: { readonly input: Layout }): ImageShape {
  const { shape, layout, space, channelsLast } = input;
  const places = layout === 'NHWC' || channelsLast ? shape.slice(0, -1) : shape;
  const isRow = layout === 'other' && space !== 2;
  const [height, width] = isRow ? [1, space === 1 ? places.at(-1)! : sizeOf(shape)] : places.slice(-2);
  return { channels: sizeOf(shape) / (height! * width!), height: height!, width: width! };
}

/** The lengths of the positions: `[H, W]`, of a volume `[D, H, W]`; other inputs are an image of one row. */
export function placesOf(model: { readonly input: Layout }): readonly number[] {
  const { shape, layout, space } = model.input;
  if (layout === 'other' && space === 3) return shape.slice(-3);
  const { height, width } = imageShape(model);
  return [height, width];
}

/**
 * The lengths of the axes of a channels-first input that are positions: height and width, those of a volume
 * or a signal, or the features of a table. Throws where the model does not tell them.
 */
export function spaceOf({ input: { shape, layout, space } }: Pick<Classifier, 'input'>): readonly number[] {
  if (layout !== 'other') return shape.slice(-2);
  const axes = space ?? (shape.length === 1 ? 1 : undefined);
  if (axes !== undefined) return shape.slice(shape.length - axes);
  const beyond =
    shape.length > 3
      ? '; export a film with its channels before its frames'
      : shape.length === 2
        ? '; export an image with an axis of channels'
        : '';
  const remedy = `option layout states it: NCHW where its channels come first, NHWC where they come last${beyond}`;
  throw unsupported(
    `the model does not tell which axes of its input [N,${shape}] are positions (no layer over maps reads them side by side, behind the channels or before them; ${remedy})`,
  );
}

/** Whether a sample is a row of a table: features without an order, which no layer reads as positions. */
export const isTable = ({ layout, shape, space }: Layout): boolean =>
  layout === 'other' && shape.length === 1 && space === undefined;

/** Whether a channels-first input has channels and positions along one axis, such as those of time. */
export const isSignal = ({ input }: { readonly input: Layout }): boolean =>
  input.layout === 'other' && input.shape.length === 2 && input.space === 1 && !input.channelsLast;

export const classCount = (model: Classifier): number => model.shapes.get(model.output)!.dims[1]!;
