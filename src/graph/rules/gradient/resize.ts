import { floatOf, intOf, intsOf, stringOf } from '../../attributes.js';
import type { Rule, Walk } from '../../backward.js';
import { numbers } from '../../elements.js';
import type { Node } from '../../graph.js';
import { axisOf } from '../../shapes.js';
import * as f from '../formula.js';
import { constantInput, refusal } from './constant.js';
import { type Mixing, unmix } from './mix.js';

/** Interpolation is a fixed mixing along each axis, y = M x: dx = M' dy. */
export const Resize: Rule = (node, [dy], walk) => {
  const { dims } = walk.shape(node.inputs[0]!);
  const output = walk.shape(node.outputs[0]!).dims;
  if (intOf(node, 'antialias', 0)) throw refusal(node, 'antialias = 1');
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

/** How much longer each axis becomes. */
export function scalesOf(
  node: Node,
  walk: Pick<Walk, 'known'>,
  input: readonly number[],
  output: readonly number[],
): number[] {
  const all = input.map((length, axis) => output[axis]! / length);
  if (!node.inputs[2]) return all;
  const given = numbers(constantInput(node, 2, walk));
  const axes = intsOf(node, 'axes')?.map((axis) => axisOf(axis, input.length)) ?? f.range(input.length);
  for (const [i, axis] of axes.entries()) if (given.length > 0) all[axis] = given[i]!;
  return all;
}

/** What each place along an axis takes of the input. */
export function mixing(node: Node, input: number, output: number, scale: number): Mixing {
  const mode = stringOf(node, 'mode', 'nearest');
  return f.range(output).map((o) => {
    const row = Array<number>(input).fill(0);
    const place = positionOf(node, o, input, output, scale);
    const give = (i: number, weight: number) => {
      row[Math.min(input - 1, Math.max(0, i))]! += weight;
    };
    if (mode === 'nearest') {
      give(rounded(node, place), 1);
    } else if (mode === 'linear') {
      const inside = Math.min(input - 1, Math.max(0, place));
      const low = Math.floor(inside);
      give(low, 1 - (inside - low));
      give(low + 1, inside - low);
    } else {
      const low = Math.floor(place);
      const weights = cubic(place - low, floatOf(node, 'cubic_coeff_a', -0.75));
      const outside = (i: number) => i < 0 || i >= input;
      const exclude = intOf(node, 'exclude_outside', 0) === 1;
      const kept = weights.map((w, k) => (exclude && outside(low - 1 + k) ? 0 : w));
      const total = exclude ? kept.reduce((a, b) => a + b, 0) : 1;
      for (const [k, weight] of kept.entries()) give(low - 1 + k, weight / total);
    }
    return row;
  });
}

/** In single precision, as ONNX Runtime computes it: at a tie the last digit decides. */
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

/** Weights of the four neighbours at distance `t` behind the second (Keys 1981, doi:10.1109/TASSP.1981.1163711). */
function cubic(t: number, a: number): number[] {
  const near = (d: number) => ((a + 2) * d - (a + 3)) * d * d + 1;
  const far = (d: number) => ((a * d - 5 * a) * d + 8 * a) * d - 4 * a;
  return [far(1 + t), near(t), near(1 - t), far(2 - t)];
}
