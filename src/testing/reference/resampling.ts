import { floatOf, intOf, intsOf, stringOf } from '../../graph/attributes.js';
import type { Node } from '../../graph/graph.js';
import { at, build, positive, sum, wholes } from './arrays.js';
import type { Kernel } from './kernel.js';
import { lineOf } from './reductions.js';

const Pad: Kernel = ([x, given, value, listed], node) => {
  const rank = x!.shape.length;
  const axes = wholes(listed)?.map((axis) => positive(axis, rank)) ?? x!.shape.map((_, axis) => axis);
  const amounts = wholes(given)!;
  const begin = x!.shape.map((_, axis) => amounts[axes.indexOf(axis)] ?? 0);
  const end = x!.shape.map((_, axis) =>
    axes.includes(axis) ? amounts[axes.indexOf(axis) + axes.length]! : 0,
  );
  const mode = stringOf(node, 'mode', 'constant');
  const seen = (place: number, length: number) => {
    if (place >= 0 && place < length) return place;
    if (mode === 'edge') return place < 0 ? 0 : length - 1;
    if (mode === 'wrap') return place < 0 ? place + length : place - length;
    if (mode === 'reflect') return place < 0 ? -place : 2 * (length - 1) - place;
    return -1;
  };
  const shape = x!.shape.map((length, axis) => begin[axis]! + length + end[axis]!);
  return [
    build(shape, (index) =>
      at(
        x!,
        index.map((place, axis) => seen(place - begin[axis]!, x!.shape[axis]!)),
        value?.data[0] ?? 0,
      ),
    ),
  ];
};

/** Along each axis in turn: every mode is separable. */
const Resize: Kernel = ([x, , scales, sizes], node) => {
  const rank = x!.shape.length;
  const axes = intsOf(node, 'axes')?.map((axis) => positive(axis, rank)) ?? x!.shape.map((_, axis) => axis);
  return [
    axes.reduce((value, axis, i) => {
      const length = value.shape[axis]!;
      const output = sizes ? sizes.data[i]! : Math.floor(length * scales!.data[i]!);
      const scale = sizes ? output / length : scales!.data[i]!;
      if (scale === 1) return value;
      return build(value.shape.with(axis, output), (index) =>
        sample(
          lineOf(value, index.with(axis, 0), axis),
          place(node, index[axis]!, length, output, scale),
          scale,
          node,
        ),
      );
    }, x!),
  ];
};

function place(node: Node, out: number, input: number, output: number, scale: number): number {
  switch (stringOf(node, 'coordinate_transformation_mode', 'half_pixel')) {
    case 'align_corners':
      return output === 1 ? 0 : (out * (input - 1)) / (output - 1);
    case 'asymmetric':
      return out / scale;
    case 'pytorch_half_pixel':
      return output > 1 ? (out + 0.5) / scale - 0.5 : 0;
    case 'half_pixel_symmetric':
      return symmetric(input, output, scale) + (out + 0.5) / scale - 0.5;
    default:
      return (out + 0.5) / scale - 0.5;
  }
}

/** The shift that centres a length that was rounded down. */
const symmetric = (input: number, output: number, scale: number) =>
  (input / 2) * (1 - output / (input * scale));

/** The sum over all places, weighted by a filter that is as much wider as the axis gets shorter. */
function antialiased(line: readonly number[], x: number, scale: number, node: Node): number {
  const last = line.length - 1;
  const a = floatOf(node, 'cubic_coeff_a', -0.75);
  const weigh = (distance: number) => {
    const d = Math.abs(distance) * Math.min(1, scale);
    if (stringOf(node, 'mode', 'nearest') === 'linear') return Math.max(0, 1 - d);
    if (d <= 1) return (a + 2) * d ** 3 - (a + 3) * d ** 2 + 1;
    return d < 2 ? a * d ** 3 - 5 * a * d ** 2 + 8 * a * d - 4 * a : 0;
  };
  const far = 5 * line.length;
  const places = Array.from({ length: 2 * far + line.length }, (_, i) => i - far).filter(
    (i) => !intOf(node, 'exclude_outside', 0) || (i >= 0 && i <= last),
  );
  const weights = places.map((i) => weigh(i - x));
  const value = (i: number) => line[Math.min(last, Math.max(0, i))]!;
  return sum(places.map((i, k) => weights[k]! * value(i))) / sum(weights);
}

function sample(line: readonly number[], x: number, scale: number, node: Node): number {
  if (intOf(node, 'antialias', 0)) return antialiased(line, x, scale, node);
  const last = line.length - 1;
  const value = (i: number) => line[Math.min(last, Math.max(0, i))]!;
  const mode = stringOf(node, 'mode', 'nearest');
  if (mode === 'nearest') {
    const rounding = stringOf(node, 'nearest_mode', 'round_prefer_floor');
    if (rounding === 'floor') return value(Math.floor(x));
    if (rounding === 'ceil') return value(Math.ceil(x));
    const down = x - Math.floor(x) === 0.5 ? rounding === 'round_prefer_floor' : x - Math.floor(x) < 0.5;
    return value(down ? Math.floor(x) : Math.floor(x) + 1);
  }
  if (mode === 'linear') {
    const inside = Math.min(last, Math.max(0, x));
    const low = Math.floor(inside);
    return value(low) + (inside - low) * (value(low + 1) - value(low));
  }
  const a = floatOf(node, 'cubic_coeff_a', -0.75);
  const near = [-1, 0, 1, 2].map((k) => Math.floor(x) + k);
  const weights = near.map((i) => {
    const d = Math.abs(x - i);
    if (intOf(node, 'exclude_outside', 0) && (i < 0 || i > last)) return 0;
    if (d <= 1) return (a + 2) * d ** 3 - (a + 3) * d ** 2 + 1;
    return a * d ** 3 - 5 * a * d ** 2 + 8 * a * d - 4 * a;
  });
  return sum(near.map((i, k) => weights[k]! * value(i))) / sum(weights);
}

/** The value at a position along each axis, as the specification's own reference says it. */
const GridSample: Kernel = ([x, grid], node) => {
  const [samples, channels, ...space] = x!.shape as [number, number, ...number[]];
  const isAligned = intOf(node, 'align_corners', 0) === 1;
  const [mode, padding] = [stringOf(node, 'mode', 'linear'), stringOf(node, 'padding_mode', 'zeros')];
  const reflect = (place: number, low: number, high: number): number => {
    if (low === high) return low;
    if (place < low) return reflect(2 * low - place, low, high);
    return place > high ? reflect(2 * high - place, low, high) : place;
  };
  const bounds = (length: number) => (isAligned ? [0, length - 1] : [-0.5, length - 0.5]) as [number, number];
  const within = (place: number, length: number) => {
    const seen = padding === 'reflection' ? reflect(place, ...bounds(length)) : place;
    return padding === 'zeros' ? seen : Math.min(length - 1, Math.max(0, seen));
  };
  const cubic = (d: number) =>
    d <= 1 ? (1.25 * d - 2.25) * d * d + 1 : d < 2 ? ((-0.75 * d + 3.75) * d - 6) * d + 3 : 0;
  const tapsOf = (place: number, length: number): [number, number][] => {
    const whole = (v: number) => (v % 1 === 0.5 || v % 1 === -0.5 ? 2 * Math.round(v / 2) : Math.round(v));
    if (mode === 'nearest') return [[whole(within(place, length)), 1]];
    if (mode === 'cubic')
      return [-1, 0, 1, 2].map((i) => {
        const at = Math.floor(place) + i;
        return [within(at, length), cubic(Math.abs(place - at))];
      });
    const at = within(place, length);
    const low = Math.floor(at);
    return [
      [low, 1 - (at - low)],
      [low + 1, at - low],
    ];
  };
  const shape = [samples, channels, ...grid!.shape.slice(1, -1)];
  return [
    build(shape, ([n, c, ...where]) => {
      const sumFrom = (axis: number, index: readonly number[]): number => {
        if (axis === space.length) return at(x!, [n!, c!, ...index]);
        const g = at(grid!, [n!, ...where, space.length - 1 - axis]);
        const length = space[axis]!;
        const place = isAligned ? ((g + 1) / 2) * (length - 1) : ((g + 1) * length - 1) / 2;
        return sum(tapsOf(place, length).map(([tap, weight]) => weight * sumFrom(axis + 1, [...index, tap])));
      };
      return sumFrom(0, []);
    }),
  ];
};

export const resampling: Readonly<Record<string, Kernel>> = { GridSample, Pad, Resize };
