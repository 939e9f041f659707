import { sizeOf } from '../../../tensor/tensor.js';
import { int, intOf, string, stringOf } from '../../attributes.js';
import type { Rule, Walk } from '../../backward.js';
import { int64 } from '../../elements.js';
import type { Node } from '../../graph.js';
import { dataTypes } from '../../schema.js';
import { range } from '../../shapes.js';
import { refusal } from './constant.js';

/** What a sample takes of one place along an axis. Values are `[N, samples]`. */
interface Tap {
  readonly at: string;
  readonly weight: string;
  /** The derivative of the weight by the position. */
  readonly slope: string;
}

/** The taps of every sample along an axis, and the derivative of its position by the grid. */
interface Line {
  readonly taps: readonly Tap[];
  readonly speed: string;
}

/**
 * y = sum of x at the places around each position of the grid, weighted by their distance: dx = dy times the
 * weights, added at the places; dgrid = dy x times the slopes of the weights. At a whole number the slope is
 * that of the side above it, and where a position is clamped it is zero, as in PyTorch.
 */
export const GridSample: Rule = (node, [dy], walk) => {
  const { needsGradient, reshape, reshapeLike, emit, mul, unsqueeze, reduce, expandLike, concat } = walk;
  const [x, grid] = node.inputs as [string, string];
  const { dims, batchAxis = 0 } = walk.shape(x);
  if (batchAxis !== 0) throw refusal(node, `its samples lie along axis ${batchAxis}`);
  const [, channels, ...space] = dims as [number, number, ...number[]];
  const samples = sizeOf(walk.shape(node.outputs[0]!).dims.slice(2));
  const seed = reshape(dy!, [-1, channels, samples]);
  const pixels = reshape(x, [-1, channels, sizeOf(space)]);
  const places = reshape(grid, [-1, samples, space.length]);
  const lines = space.map((length, axis) => {
    const last = space.length - 1 - axis;
    const own = walk.slice(places, [{ axis: 2, start: last, end: last + 1, step: 1 }]);
    return lineOf(node, reshape(own, [-1, samples]), length, walk);
  });
  const corners = lines.reduce<readonly (readonly Tap[])[]>(
    (made, { taps }) => made.flatMap((before) => taps.map((tap) => [...before, tap])),
    [[]],
  );
  const product = (values: readonly string[]) => values.reduce((a, b) => mul(a, b));
  const indices = corners.map((corner) => expandLike(unsqueeze(flatIndex(corner, space, walk), [1]), seed));
  const updates = () =>
    corners.map((corner) => mul(seed, unsqueeze(product(corner.map((t) => t.weight)), [1])));
  const axis = { axis: int(2) };
  const dx = () =>
    emit('ScatterElements', [expandLike(0, pixels), concat(indices, 2), concat(updates(), 2)], {
      ...axis,
      reduction: string('add'),
    });
  const dgrid = () => {
    const seen = indices.map((at) =>
      reduce('ReduceSum', mul(seed, emit('GatherElements', [pixels, at], axis)), [1], { keepdims: int(0) }),
    );
    const along = lines.map(({ speed }, k) => {
      const slopes = corners.map((corner, i) =>
        product([seen[i]!, ...corner.map((tap, j) => (j === k ? tap.slope : tap.weight))]),
      );
      return unsqueeze(mul(speed, walk.sumOf(slopes)), [-1]);
    });
    return concat(along.reverse(), -1);
  };
  return [
    needsGradient(x) ? reshapeLike(dx(), x) : undefined,
    needsGradient(grid) && modeOf(node) !== 'nearest' ? reshapeLike(dgrid(), grid) : undefined,
  ];
};

const modeOf = (node: Node) => stringOf(node, 'mode', 'linear');

/** The index of a corner in a flat image. */
function flatIndex(corner: readonly Tap[], space: readonly number[], { emit, constant, add, mul }: Walk) {
  return corner
    .map(({ at }, axis) => {
      const index = emit('Cast', [at], { to: int(dataTypes.int64) });
      const step = sizeOf(space.slice(axis + 1));
      return step === 1 ? index : mul(index, constant(int64([step])));
    })
    .reduce((a, b) => add(a, b));
}

function lineOf(node: Node, place: string, length: number, walk: Walk): Line {
  const { add, sub, mul, emit, expandLike } = walk;
  const mode = modeOf(node);
  const isAligned = intOf(node, 'align_corners', 0) === 1;
  const rate = isAligned ? (length - 1) / 2 : length / 2;
  const centred = mul(place, rate);
  const free = { at: add(centred, (length - 1) / 2), speed: expandLike(rate, place) };
  const edges = edgesOf(node, length, isAligned, walk);
  const tap = (at: string, weight: string, slope: string): Tap => edges.tap({ at, weight, slope });
  const ones = expandLike(1, place);
  switch (mode) {
    case 'nearest': {
      const { at } = edges.position(free);
      return { taps: [tap(emit('Round', [at]), ones, ones)], speed: ones };
    }
    case 'linear': {
      const { at, speed } = edges.position(free);
      const low = emit('Floor', [at]);
      const part = sub(at, low);
      return { taps: [tap(low, sub(1, part), expandLike(-1, place)), tap(add(low, 1), part, ones)], speed };
    }
    case 'cubic': {
      const low = emit('Floor', [free.at]);
      const part = sub(free.at, low);
      const taps = range(4).map((i) => {
        const [weight, slope] = cubic(part, i - 1, walk);
        return tap(add(low, i - 1), weight, slope);
      });
      return { taps, speed: free.speed };
    }
    default:
      throw refusal(node, `mode = ${mode}`);
  }
}

/** The weight of cubic convolution (Keys 1981) of a place `i` from the one below, and its derivative. */
function cubic(part: string, i: number, { add, sub, mul }: Walk): readonly [string, string] {
  const a = -0.75;
  const polynomial = (d: string, [c3, c2, c1, c0]: readonly number[]) => {
    const cubed = mul(add(mul(add(mul(d, c3!), c2!), d), c1!), d);
    return c0 === 0 ? cubed : add(cubed, c0!);
  };
  const slopeOf = (d: string, [c3, c2, c1]: readonly number[]) =>
    add(mul(add(mul(d, 3 * c3!), 2 * c2!), d), c1!);
  const isAbove = i > 0;
  const d = isAbove ? sub(i, part) : sub(part, i);
  const terms = i === 0 || i === 1 ? [a + 2, -(a + 3), 0, 1] : [a, -5 * a, 8 * a, -4 * a];
  return [polynomial(d, terms), isAbove ? mul(slopeOf(d, terms), -1) : slopeOf(d, terms)];
}

/** What happens outside an axis: to the position of a sample, and to a place that is read. */
function edgesOf(node: Node, length: number, isAligned: boolean, walk: Walk) {
  const { add, sub, mul, min, max, greater, less, where, and, emit, abs } = walk;
  const clamp = (v: string) => min(max(v, 0), length - 1);
  const inside = (v: string) => and(greater(v, 0), less(v, length - 1));
  const clamped = ({ at, speed }: Position): Position => ({
    at: clamp(at),
    speed: where(inside(at), speed, 0),
  });
  const low = isAligned ? 0 : -0.5;
  const span = isAligned ? length - 1 : length;
  const reflected = ({ at, speed }: Position): Position => {
    if (span === 0) return { at: mul(at, 0), speed: mul(speed, 0) };
    const from = sub(at, low);
    const far = abs(from);
    const folds = emit('Floor', [mul(far, 1 / span)]);
    const rest = sub(far, mul(folds, span));
    const isOdd = greater(sub(folds, mul(2, emit('Floor', [mul(folds, 0.5)]))), 0.5);
    const turned = where(less(from, 0), mul(speed, -1), speed);
    return {
      at: add(where(isOdd, sub(span, rest), rest), low),
      speed: where(isOdd, mul(turned, -1), turned),
    };
  };
  const padding = stringOf(node, 'padding_mode', 'zeros');
  switch (padding) {
    case 'zeros':
      return {
        position: (free: Position) => free,
        tap({ at, weight, slope }: Tap): Tap {
          const isThere = and(greater(at, -0.5), less(at, length - 0.5));
          return { at: clamp(at), weight: where(isThere, weight, 0), slope: where(isThere, slope, 0) };
        },
      };
    case 'border':
      return { position: clamped, tap: (tap: Tap): Tap => ({ ...tap, at: clamp(tap.at) }) };
    case 'reflection':
      return {
        position: (free: Position) => clamped(reflected(free)),
        tap: (tap: Tap): Tap => ({ ...tap, at: clamp(reflected({ at: tap.at, speed: tap.at }).at) }),
      };
    default:
      throw refusal(node, `padding_mode = ${padding}`);
  }
}

interface Position {
  readonly at: string;
  readonly speed: string;
}
