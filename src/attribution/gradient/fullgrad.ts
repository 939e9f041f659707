import { cite } from '../../base/paper.js';
import { string } from '../../graph/attributes.js';
import type { Builder } from '../../graph/builder.js';
import { float32 } from '../../graph/elements.js';
import { type Classifier, classCount, imageShape } from '../../model/classifier.js';
import { mapsOf } from '../cam/maps.js';
import { method } from '../method.js';
import { gradient } from '../program/backward.js';
import { explained, oneHot, type WalkBack } from '../program/explain.js';
import { batchOfSums, sumBySample } from '../program/sample-sums.js';
import { type BiasTerm, recordingBiases } from './bias-terms.js';

const names = { map: 'sl.map', total: 'sl.total' };

export const fullgrad = method({
  name: 'fullgrad',
  family: 'gradient',
  doc: "Input times gradient, and every layer's bias times gradient: absolute, scaled to [0, 1] and summed at the input's size.",
  paper: cite`Srinivas, Fleuret (2019). Full-gradient representation for neural network visualization. arXiv:1905.00780`,
  options: {},
  maps: 'spatial',
  async attribute({ model, input, targets, run }) {
    const classes = classCount(model);
    const found = await explained(model, {
      key: 'fullgrad',
      program: () => ({ outputs: (builder, walk) => fullGradient(model, builder, walk) }),
      ...{ input, seed: oneHot(targets, classes), run, batch: batchOfSums(model) },
    });
    const residual = targets.map(
      (target, row) => found[model.output]!.data[row * classes + target]! - found[names.total]!.data[row]!,
    );
    return { map: found[names.map]!, residual, evaluations: { forward: 1, backward: 1 } };
  },
});

function fullGradient(model: Classifier, builder: Builder, walk: WalkBack) {
  const terms: BiasTerm[] = [];
  const { name } = model.input;
  const found = walk({ method: 'gradient', ruleFor: recordingBiases(gradient, terms), engine: 'any' });
  const product = builder.mul(name, found[name]!);
  const maps = mapsOf(model);
  const pieces = terms.flatMap(({ term, at }) => {
    if (!maps.has(at)) return [];
    const [, , height, width] = model.shapes.get(at)!.dims as [number, number, number, number];
    return [{ sum: overChannels(builder, scaled(builder, term)), height, width }];
  });
  const { height, width } = imageShape(model);
  const own = builder.reshape(overChannels(builder, scaled(builder, product)), [-1, 1, height, width]);
  const map = [own, ...bySize(builder, pieces).map((piece) => resized(builder, piece, height, width))];
  const total = [{ term: product, at: name }, ...terms].map(({ term, at }) =>
    sumBySample(builder, term, model.shapes.get(at)!),
  );
  return {
    [model.output]: model.output,
    [names.map]: builder.sumOf(map),
    [names.total]: builder.sumOf(total),
  };
}

interface Piece {
  readonly sum: string;
  readonly height: number;
  readonly width: number;
}

/** The absolute values of each sample, scaled to [0, 1]. */
function scaled({ reshape, abs, sub, reduce, add, reshapeLike, div }: Builder, value: string): string {
  const flat = reshape(abs(value), [0, -1]);
  const above = sub(flat, reduce('ReduceMin', flat, [1]));
  const top = add(reduce('ReduceMax', above, [1]), 1e-6);
  return reshapeLike(div(above, top), value);
}

const overChannels = ({ reduce }: Builder, value: string) => reduce('ReduceSum', value, [1]);

/** Maps of equal size are summed before they are resized. */
function bySize({ add }: Builder, pieces: readonly Piece[]): Piece[] {
  const sizes = new Map<string, Piece>();
  for (const piece of pieces) {
    const key = `${piece.height}x${piece.width}`;
    const before = sizes.get(key);
    sizes.set(key, before ? { ...piece, sum: add(before.sum, piece.sum) } : piece);
  }
  return [...sizes.values()];
}

function resized(builder: Builder, { sum, height, width }: Piece, high: number, wide: number): string {
  if (height === high && width === wide) return sum;
  const scales = builder.constant(float32([1, 1, high / height, wide / width]));
  return builder.emit('Resize', [sum, '', scales], {
    mode: string('linear'),
    coordinate_transformation_mode: string('half_pixel'),
  });
}
