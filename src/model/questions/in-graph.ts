import { usageError } from '../../base/errors.js';
import { int } from '../../graph/attributes.js';
import type { Builder } from '../../graph/builder.js';
import { int64 } from '../../graph/elements.js';
import { dataTypes } from '../../graph/schema.js';
import { range } from '../../graph/shapes.js';
import type { Tensor } from '../../tensor/tensor.js';
import { type Classifier, imageShape } from '../classifier.js';
import type { Link } from '../head.js';
import { spelled, type Target } from '../target.js';
import { ask, boxesOf, type Question, spatialOf, textOf } from './ask.js';
import { type BoxLayout, boxLayout } from './box.js';
import { chosenOf, chosenPart, pick } from './classes.js';
import { graft, type Head } from './graft.js';
import { held } from './held.js';
import type { Spatial } from './region.js';

/**
 * A target as a model that chooses by itself, at each image, what `ask` chooses by a prediction: the mask of
 * `region:..@predicted`, the box that best overlaps. Where the mask is empty or no box overlaps, the number
 * is 0. Throws a usage error for what no graph of fixed length chooses: connected parts, annotations, a box
 * for each image.
 */
export async function askInGraph(model: Classifier, target: Target, blank: Tensor): Promise<Question> {
  const { kind, of, at, how = [] } = target;
  const name = spelled(target);
  const one = async (head: Head): Promise<Question> => ({
    model: await graft(model, `${name} in the graph`, head),
    targets: [0],
  });
  if (kind === 'region' && (at === 'predicted' || at === 'annotated')) {
    if (at === 'annotated' || how.some((word) => word === 'largest' || word.startsWith('at ')))
      throw usageError(
        `target '${name}' reads ${at === 'annotated' ? 'annotations' : 'connected parts'}, which no exported graph finds; it takes region:..@predicted or region:..@mask.npy`,
      );
    const shape = spatialOf(model, name);
    const chosen = chosenOf(textOf(of), model.classes, shape.classes);
    const total = how.includes('sum') ? 'sum' : 'mean';
    return one((builder, scores) => {
      const places = range(shape.space.length).map((i) => i + 2);
      const inPlanes = (value: string) =>
        shape.axis === 1 ? value : builder.reshape(value, [-1, 1, ...shape.space]);
      const weights = held(builder, scores, (own) => {
        const mask = inPlanes(predicted(builder, own, shape, chosen.one, model.head.link));
        const size = builder.max(builder.reduce('ReduceSum', mask, places), 1);
        return total === 'sum' ? mask : builder.div(mask, size);
      });
      const plane = inPlanes(chosenPart(builder, scores, shape.axis, chosen));
      const summed = builder.reduce('ReduceSum', builder.mul(plane, weights), places);
      return builder.reshape(summed, [-1, 1]);
    });
  }
  if (kind === 'box') {
    if (of === 'annotated')
      throw usageError(
        `target '${name}' reads annotations, which no exported graph finds; it takes box:x,y,width,height@class`,
      );
    const layout = boxLayout(model.shapes.get(model.output)!.dims, how);
    const first = layout.objectness ? 5 : 4;
    const { one: index, against } = chosenOf(textOf(at!), [], layout.features - first);
    if (against !== undefined) throw usageError(`target '${name}' takes one class, not one against another`);
    const [wanted] = await boxesOf(of, 1, name);
    const { height, width } = imageShape(model);
    return one((builder, output) => {
      const mask = held(builder, output, (own) =>
        bestBox(builder, own, layout, wanted!, how, [width, height]),
      );
      const part = (k: number) => featureOf(builder, output, layout, k);
      const score = part(first + index);
      const whole = layout.objectness ? builder.mul(part(4), score) : score;
      return builder.reduce('ReduceSum', builder.mul(whole, mask), [1]);
    });
  }
  return ask(model, target, blank);
}

/** Where a class is predicted: 1 there, else 0, with the class's axis kept. */
function predicted(
  { emit, constant, equal, greater }: Builder,
  scores: string,
  { axis, classes }: Spatial,
  one: number,
  link: Link,
): string {
  const float = (value: string) => emit('Cast', [value], { to: int(dataTypes.float32) });
  if (classes === 1 || link === 'sigmoid') {
    const own = emit('Gather', [scores, constant(int64([one]))], { axis: int(axis) });
    return float(greater(own, link === 'identity' ? 0.5 : 0));
  }
  const best = emit('ArgMax', [scores], { axis: int(axis), keepdims: int(1) });
  return float(equal(best, constant(int64([one], []))));
}

/** One number of each box, `[N, boxes]`. */
const featureOf = (builder: Builder, output: string, { last, boxes }: BoxLayout, k: number): string =>
  builder.reshape(pick(builder, output, last ? 1 : 2, k), [-1, boxes]);

/** 1 at the box that best overlaps a wanted one, `[N, boxes]`, read as in `bestBoxes`; 0 where none does. */
function bestBox(
  builder: Builder,
  output: string,
  layout: BoxLayout,
  [x, y, w, h]: readonly number[],
  how: readonly string[],
  [wide, high]: readonly [number, number],
): string {
  const { add, sub, mul, div, min, max, abs, greater, equal, and, where, reduce, emit, constant } = builder;
  const float = (value: string) => emit('Cast', [value], { to: int(dataTypes.float32) });
  const [a, b, c, d] = range(4).map((k) => featureOf(builder, output, layout, k)) as [
    string,
    string,
    string,
    string,
  ];
  const least = (value: string) => greater(reduce('ReduceMin', value, [1]), 0);
  const corners = how.includes('corners')
    ? undefined
    : how.includes('centres')
      ? 'never'
      : least(float(and(greater(c, a), greater(d, b))));
  const largest = [a, b, c, d].map((value) => abs(value)).reduce((one, other) => max(one, other));
  const beyond = greater(reduce('ReduceMax', largest, [1]), 2);
  const scaled = (value: string, length: number) => mul(value, where(beyond, 1, length));
  const side = (corner: string, centre: string, length: string, sign: 1 | -1, size: number) => {
    const half = mul(length, 0.5 * sign);
    const edge =
      corners === undefined
        ? corner
        : corners === 'never'
          ? add(centre, half)
          : where(corners, corner, add(centre, half));
    return scaled(edge, size);
  };
  const [left, right] = [side(a, a, c, -1, wide), side(c, a, c, 1, wide)];
  const [top, bottom] = [side(b, b, d, -1, high), side(d, b, d, 1, high)];
  const width = max(sub(min(right, x! + w!), max(left, x!)), 0);
  const height = max(sub(min(bottom, y! + h!), max(top, y!)), 0);
  const both = mul(width, height);
  const area = mul(sub(right, left), sub(bottom, top));
  const overlap = where(greater(both, 0), div(both, sub(add(area, w! * h!), both)), 0);
  const best = emit('ArgMax', [overlap], { axis: int(1), keepdims: int(1) });
  const places = constant(int64(range(layout.boxes), [1, layout.boxes]));
  return float(and(equal(places, best), greater(overlap, 0)));
}
