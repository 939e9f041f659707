import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readOptions } from '../../base/options.js';
import { quietly } from '../../base/run.js';
import { momentsOf, ridge } from '../../tensor/least-squares.js';
import { sharedIsThere, sharedPath } from '../../testing/shared.js';
import type { ProblemName } from './patterns.js';
import { xaiTris, xaiTrisOptions } from './problem.js';

const { sets = {} } = sharedIsThere
  ? JSON.parse(readFileSync(sharedPath('golden', 'truth', 'xaitris', 'accuracy.json'), 'utf8'))
  : {};
const IMAGES = 3000;

/** The test accuracy of the best linear classifier of training images, by least squares. */
async function linearAccuracy(problem: ProblemName): Promise<number> {
  const given = { problem, background: 'white', size: 8, published: true, images: IMAGES };
  const { images, draw } = await xaiTris(readOptions(xaiTrisOptions, given, 'xai-tris'), quietly);
  const drawn = Array.from({ length: images }, (_, i) => draw(i));
  const of = (test: boolean) => drawn.filter(({ split }) => (split === 'test') === test);
  const rows = of(false).map(({ image, label }) => ({ x: image, y: 2 * label - 1, weight: 1 }));
  const moments = momentsOf(rows, 64);
  const w = ridge(moments, 0);
  const score = (x: Float32Array) =>
    x.reduce((sum, value, p) => sum + w[p]! * (value - moments.mean[p]!), moments.outcome);
  const right = of(true).filter(({ image, label }) => score(image) > 0 === label > 0);
  return right.length / of(true).length;
}

// What networks reach depends on how they are trained; what a linear classifier does is that of the problem.
describe.skipIf(!sharedIsThere)('a linear classifier', () => {
  it.each(['linear', 'multiplicative', 'translations-rotations', 'xor'] as const)(
    'reaches on %s what the reference reaches',
    async (problem) => {
      const { LR } = sets[`${problem.replace('-', '_')}_white_8`];
      const own = Math.sqrt((LR.mean * (1 - LR.mean)) / (IMAGES / 10));
      const ours = await linearAccuracy(problem);
      expect(Math.abs(ours - LR.mean)).toBeLessThan(4 * Math.hypot(own, LR.binomial_se, LR.sd));
    },
  );
});
