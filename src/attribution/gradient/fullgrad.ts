import { unsupported } from '../../base/errors.js';
import { cite } from '../../base/paper.js';
import { string } from '../../graph/attributes.js';
import type { Builder } from '../../graph/builder.js';
import { float32 } from '../../graph/elements.js';
import { hasRoles } from '../../model/axes.js';
import { type Classifier, classCount, spaceOf } from '../../model/classifier.js';
import { mapsOf } from '../../model/maps/maps.js';
import type { WalkBack } from '../map-graph.js';
import { method } from '../method.js';
import { gradient } from '../program/backward.js';
import { explained, oneHot } from '../program/explain.js';
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
    if (model.input.shape.length < 2)
      throw unsupported(
        `fullgrad sums maps of positions; the model takes a table [N,${model.input.shape}] (input-x-gradient explains one)`,
      );
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
  graph: ({ model }) => ({
    model,
    nodes(builder, walk) {
      const made = fullGradient(model, builder, walk);
      return { map: made[names.map]!, total: model.output, sum: made[names.total]! };
    },
  }),
});

function fullGradient(model: Classifier, builder: Builder, walk: WalkBack) {
  const terms: BiasTerm[] = [];
  const { name } = model.input;
  const found = walk({ method: 'gradient', ruleFor: recordingBiases(gradient, terms), engine: 'any' });
  const product = builder.mul(name, found[name]!);
  const maps = mapsOf(model);
  const space = spaceOf(model);
  const positions = space.map(() => 'space' as const);
  const pieces = terms.flatMap(({ term, at }) => {
    const first = maps.has(at) || hasRoles(model, at, 'batch', 'channel', ...positions);
    const last = !first && hasRoles(model, at, 'batch', ...positions, 'channel');
    if (!first && !last) return [];
    const { dims } = model.shapes.get(at)!;
    // A signal's maps may be those of an image of one row.
    const size = (first ? dims.slice(2) : dims.slice(1, -1)).slice(-space.length);
    if (size.length < space.length) return [];
    const whole = scaled(builder, term);
    const summed = builder.reshape(overChannels(builder, whole, first ? 1 : -1), [-1, 1, ...size]);
    return [{ sum: summed, size }];
  });
  const own = builder.reshape(
    overChannels(builder, builder.reshape(scaled(builder, product), [0, -1, ...space]), 1),
    [-1, 1, ...space],
  );
  const map = [own, ...bySize(builder, pieces).map((piece) => resized(builder, piece, space))];
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
  readonly size: readonly number[];
}

/** The absolute values of each sample, scaled to [0, 1]. */
function scaled({ reshape, abs, sub, reduce, add, reshapeLike, div }: Builder, value: string): string {
  const flat = reshape(abs(value), [0, -1]);
  const above = sub(flat, reduce('ReduceMin', flat, [1]));
  const top = add(reduce('ReduceMax', above, [1]), 1e-6);
  return reshapeLike(div(above, top), value);
}

const overChannels = ({ reduce }: Builder, value: string, axis: number) => reduce('ReduceSum', value, [axis]);

/** Adds maps of equal size, so that each size is resized once. */
function bySize({ add }: Builder, pieces: readonly Piece[]): Piece[] {
  const sizes = new Map<string, Piece>();
  for (const piece of pieces) {
    const key = piece.size.join('x');
    const before = sizes.get(key);
    sizes.set(key, before ? { ...piece, sum: add(before.sum, piece.sum) } : piece);
  }
  return [...sizes.values()];
}

function resized(builder: Builder, { sum, size }: Piece, space: readonly number[]): string {
  if (size.join() === space.join()) return sum;
  const scales = builder.constant(float32([1, 1, ...space.map((length, i) => scaleTo(length, size[i]!))]));
  return builder.emit('Resize', [sum, '', scales], {
    mode: string('linear'),
    coordinate_transformation_mode: string('half_pixel'),
  });
}

/** The float32 factor that makes at least `to` of `from`: engines multiply and round down. */
function scaleTo(to: number, from: number): number {
  const scale = Math.fround(to / from);
  return scale * from >= to ? scale : Math.fround(scale * (1 + 2 ** -23));
}
