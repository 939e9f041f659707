import { floatOf, intOf, intsOf, stringOf } from '../../attributes.js';
import type { Rule, Walk } from '../../backward.js';
import { numbers } from '../../elements.js';
import type { Node } from '../../graph.js';
import { axisOf, range } from '../../shapes.js';
import { constantInput, refusal } from './constant.js';
import { type Mixing, unmix } from './mix.js';

/** y = M x along each axis, with a fixed interpolation matrix M: dx = M' dy */
export const Resize: Rule = (node, [dy], walk) => {
  const { dims } = walk.shape(node.inputs[0]!);
  const output = walk.shape(node.outputs[0]!).dims;
  const policy = stringOf(node, 'keep_aspect_ratio_policy', 'stretch');
  if (policy !== 'stretch') throw refusal(node, `keep_aspect_ratio_policy = ${policy}`);
  const scales = scalesOf(node, walk, dims, output);
  return [
    dims.reduce((value, length, axis) => {
      const scale = scales[axis]!;
      if (scale === 1 && length === output[axis]) return value;
      return unmix(walk, value, mixing(node, length, output[axis]!, scale), axis, dims.length);
    }, dy!),
  ];
};

/** The scale factor of each axis. */
export function scalesOf(
  node: Node,
  walk: Pick<Walk, 'known'>,
  input: readonly number[],
  output: readonly number[],
): number[] {
  const all = input.map((length, axis) => output[axis]! / length);
  if (!node.inputs[2]) return all;
  const given = numbers(constantInput(node, 2, walk));
  const axes = intsOf(node, 'axes')?.map((axis) => axisOf(axis, input.length)) ?? range(input.length);
  for (const [i, axis] of axes.entries()) if (given.length > 0) all[axis] = given[i]!;
  return all;
}

/**
 * The interpolation matrix `[output, input]` along an axis. Positions outside the input are clamped, or
 * excluded.
 */
export function mixing(node: Node, input: number, output: number, scale: number): Mixing {
  const weights = filterOf(node, scale);
  const excludes = intOf(node, 'exclude_outside', 0) === 1;
  return range(output).map((o) => {
    const row = Array<number>(input).fill(0);
    const seen = weights(positionOf(node, o, input, output, scale)).filter(
      ({ at }) => !excludes || (at >= 0 && at < input),
    );
    const total = seen.reduce((sum, { weight }) => sum + weight, 0);
    for (const { at, weight } of seen) row[Math.min(input - 1, Math.max(0, at))]! += weight / total;
    return row;
  });
}

interface Tap {
  readonly at: number;
  readonly weight: number;
}

/**
 * The interpolation weights around a position. Where an axis gets shorter, antialiasing widens the filter.
 */
function filterOf(node: Node, scale: number): (position: number) => Tap[] {
  const mode = stringOf(node, 'mode', 'nearest');
  if (mode === 'nearest') return (position) => [{ at: rounded(node, position), weight: 1 }];
  const stretch = intOf(node, 'antialias', 0) ? Math.min(1, scale) : 1;
  const [reach, weigh] =
    mode === 'linear' ? [1, triangle] : [2, cubic(floatOf(node, 'cubic_coeff_a', -0.75))];
  const count = 2 * Math.ceil(reach / stretch);
  return (position) => {
    const first = Math.floor(position) - count / 2 + 1;
    return range(count).map((i) => {
      const at = first + i;
      return { at, weight: weigh(stretch * Math.abs(at - position)) };
    });
  };
}

/** The input coordinate of an output position, in float32 as in ONNX Runtime: rounding decides ties. */
function positionOf(node: Node, place: number, input: number, output: number, scale: number): number {
  const single = Math.fround;
  const mode = stringOf(node, 'coordinate_transformation_mode', 'half_pixel');
  const halfPixel = () => single(single((place + 0.5) / single(scale)) - 0.5);
  switch (mode) {
    case 'half_pixel':
      return halfPixel();
    case 'half_pixel_symmetric': {
      const adjustment = single(output / single(single(scale) * input));
      return single(single((input / 2) * single(1 - adjustment)) + halfPixel());
    }
    case 'pytorch_half_pixel':
      return output > 1 ? halfPixel() : 0;
    case 'align_corners':
      return output === 1 ? 0 : single((place * (input - 1)) / (output - 1));
    case 'tf_half_pixel_for_nn':
      return single((place + 0.5) / single(scale));
    case 'asymmetric':
      return single(place / single(scale));
    default:
      throw refusal(node, `coordinate_transformation_mode = ${mode}`);
  }
}

function rounded(node: Node, place: number): number {
  const mode = stringOf(node, 'nearest_mode', 'round_prefer_floor');
  if (mode === 'floor') return Math.floor(place);
  if (mode === 'ceil') return Math.ceil(place);
  return mode === 'round_prefer_ceil' ? Math.floor(place + 0.5) : Math.ceil(place - 0.5);
}

const triangle = (distance: number) => Math.max(0, 1 - distance);

/** Cubic convolution (Keys 1981, doi:10.1109/TASSP.1981.1163711). */
const cubic = (a: number) => (d: number) => {
  if (d <= 1) return ((a + 2) * d - (a + 3)) * d * d + 1;
  return d < 2 ? ((a * d - 5 * a) * d + 8 * a) * d - 4 * a : 0;
};
