import { stringOf } from '../../attributes.js';
import type { Rule } from '../../backward.js';
import { int64, numbers } from '../../elements.js';
import { axisOf, range } from '../../shapes.js';
import { constantInput, refusal } from './constant.js';
import { type Mixing, unmix } from './mix.js';

/** dx_i = sum of dy over the output positions that copy x_i */
export const Pad: Rule = (node, [dy], walk) => {
  const [x, , value] = node.inputs as [string, string, string?];
  const { dims, batchAxis } = walk.shape(x);
  const rank = dims.length;
  const amounts = numbers(constantInput(node, 1, walk));
  const given = node.inputs[3] ? numbers(constantInput(node, 3, walk)) : range(rank);
  const pads = given
    .map((axis, i) => ({ axis: axisOf(axis, rank), begin: amounts[i]!, end: amounts[i + given.length]! }))
    .filter(({ begin, end }) => begin !== 0 || end !== 0);
  const mode = stringOf(node, 'mode', 'constant');
  if (pads.some(({ axis }) => axis === batchAxis)) throw refusal(node, 'it pads the batch');
  if (value && walk.needsGradient(value)) throw refusal(node, 'its padding value is computed');
  if (mode === 'constant') {
    const cuts = pads.filter(({ begin, end }) => begin > 0 || end > 0);
    const inner = walk.slice(
      dy!,
      cuts.map(({ axis, begin, end }) => {
        const length = dims[axis]! + begin + end;
        return { axis, start: Math.max(0, begin), end: length - Math.max(0, end), step: 1 };
      }),
    );
    const cropped = pads.filter(({ begin, end }) => begin < 0 || end < 0);
    if (cropped.length === 0) return [inner];
    const at = (amount: (pad: (typeof pads)[number]) => number) =>
      range(rank).map((axis) => {
        const pad = cropped.find((p) => p.axis === axis);
        return pad ? Math.max(0, -amount(pad)) : 0;
      });
    return [walk.emit('Pad', [inner, walk.constant(int64([...at((p) => p.begin), ...at((p) => p.end)]))])];
  }
  return [
    pads.reduce(
      (value, { axis, begin, end }) => unmix(walk, value, shown(mode, dims[axis]!, begin, end), axis, rank),
      dy!,
    ),
  ];
};

/** The input element that each position of a padded axis copies, as a mixing matrix. */
function shown(mode: string, length: number, begin: number, end: number): Mixing {
  return range(length + begin + end).map((o) => {
    const place = o - begin;
    const source =
      mode === 'edge'
        ? Math.min(length - 1, Math.max(0, place))
        : mode === 'wrap'
          ? ((place % length) + length) % length
          : mirrored(place, length);
    return range(length).map((i) => (i === source ? 1 : 0));
  });
}

/** Reflects an index at the first and last element, which are not repeated. */
function mirrored(place: number, length: number): number {
  if (length === 1) return 0;
  const period = 2 * (length - 1);
  const turn = ((place % period) + period) % period;
  return turn < length ? turn : period - turn;
}
