import { runRows } from '../../engine/run-rows.js';
import { string } from '../../graph/attributes.js';
import { backward } from '../../graph/backward.js';
import { type Builder, extend } from '../../graph/builder.js';
import { float32 } from '../../graph/elements.js';
import type { Graph } from '../../graph/graph.js';
import { type Classifier, classCount } from '../../model/classifier.js';
import { programOf } from '../../model/programs.js';
import { mapsOf } from '../cam/maps.js';
import { imageShape } from '../input/pixels.js';
import { method } from '../method.js';
import { gradient, oneHot } from '../program/backward.js';
import { batchOfSums, sumBySample } from '../program/sample-sums.js';
import { type BiasTerm, recordingBiases } from './bias-terms.js';

const names = { seed: 'sl.seed', map: 'sl.map', total: 'sl.total' };

export const fullgrad = method({
  name: 'fullgrad',
  family: 'gradient',
  doc: "Input times gradient, and every layer's bias times gradient: absolute, scaled to [0, 1] and summed at the input's size.",
  paper: {
    authors: 'Srinivas, Fleuret',
    year: 2019,
    title: 'Full-gradient representation for neural network visualization',
    id: 'arXiv:1905.00780',
  },
  options: {},
  maps: 'spatial',
  async attribute({ model, input, targets, run }) {
    const program = await programOf(model, 'fullgrad', () => build(model));
    const feeds = { [model.input.name]: input, [names.seed]: oneHot(targets, classCount(model)) };
    const found = await runRows(program, feeds, batchOfSums(model), run);
    const classes = classCount(model);
    const residual = targets.map(
      (target, row) => found[model.output]!.data[row * classes + target]! - found[names.total]!.data[row]!,
    );
    return { map: found[names.map]!, residual, evaluations: { forward: 1, backward: 1 } };
  },
});

function build(model: Classifier): Graph {
  const builder = extend(model.graph);
  const terms: BiasTerm[] = [];
  const { name } = model.input;
  const found = backward(model.graph, builder, {
    seeds: { [model.output]: names.seed },
    wrt: [name],
    ruleFor: recordingBiases(gradient, terms),
    method: 'gradient',
    shapes: model.shapes,
  });
  const product = builder.mul(name, found[name] ?? builder.sub(name, name));
  const maps = mapsOf(model);
  const pieces = terms.flatMap(({ term, at }) => {
    if (!maps.has(at)) return [];
    const [, , height, width] = model.shapes.get(at)!.dims as [number, number, number, number];
    return [{ sum: overChannels(builder, scaled(builder, term), 1), height, width }];
  });
  const { height, width } = imageShape(model);
  const axis = model.input.layout === 'NHWC' ? 3 : 1;
  const own = builder.reshape(overChannels(builder, scaled(builder, product), axis), [-1, 1, height, width]);
  const map = [own, ...bySize(builder, pieces).map((piece) => resized(builder, piece, height, width))];
  builder.alias(builder.sumOf(map), names.map);
  const total = [{ term: product, at: name }, ...terms].map(({ term, at }) =>
    sumBySample(builder, term, model.shapes.get(at)!),
  );
  builder.alias(builder.sumOf(total), names.total);
  return builder.finish(
    [...model.graph.inputs, { name: names.seed, type: 'float32', shape: ['N', classCount(model)] }],
    [model.output, names.map, names.total].map((output) => ({ name: output, type: 'float32' })),
  );
}

interface Piece {
  readonly sum: string;
  readonly height: number;
  readonly width: number;
}

/** The absolute values of a sample from 0 to 1. */
function scaled({ reshape, abs, sub, reduce, add, reshapeLike, div }: Builder, value: string): string {
  const flat = reshape(abs(value), [0, -1]);
  const above = sub(flat, reduce('ReduceMin', flat, [1]));
  const top = add(reduce('ReduceMax', above, [1]), 1e-6);
  return reshapeLike(div(above, top), value);
}

const overChannels = ({ reduce }: Builder, value: string, axis: number) => reduce('ReduceSum', value, [axis]);

/** Maps of one size are added before they are resized. */
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
