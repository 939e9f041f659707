import { expect, it } from 'vitest';
import { seededRandom } from '../../base/random.js';
import { informationOf } from './entropy.js';

const [height, width] = [7, 9];

/** The entropy of the differences from left neighbours in bits, from the shares of the differences. */
function literal(levels: Uint8Array): number {
  const differences = [...levels].map((v, at) => (at % width === 0 ? v : (v - levels[at - 1]! + 256) % 256));
  return differences
    .map((one) => differences.filter((other) => other === one).length / differences.length)
    .reduce((sum, share) => sum - Math.log2(share), 0);
}

it('follows the entropy of an image while its pixels change', () => {
  const random = seededRandom('levels');
  const levels = new Uint8Array(2 * height * width).map(() => random.below(6));
  const information = informationOf(levels, height, width);
  expect(information.bits()).toBeCloseTo(literal(levels), 9);
  for (let i = 0; i < 200; i++) {
    const pixel = random.below(height * width);
    const other = levels.map(() => (i % 3 === 0 ? 250 : random.below(6)));
    const expected = levels.slice();
    for (const at of [pixel, height * width + pixel]) expected[at] = other[at]!;
    information.change(pixel, other);
    expect(levels).toEqual(expected);
    expect(information.bits()).toBeCloseTo(literal(levels), 9);
  }
});
