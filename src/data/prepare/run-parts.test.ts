import { expect, it } from 'vitest';
import { seededRandom } from '../../base/random.js';
import { aroundParts } from '../geometry/around.js';
import { aroundRuns } from './run-parts.js';

const [width, height] = [17, 13];

function runsOf(data: Uint8Array): Uint32Array[] {
  return Array.from({ length: height }, (_, y) => {
    const edges: number[] = [];
    for (let x = 0; x <= width; x++) {
      const isInside = x < width && data[y * width + x] === 1;
      if (isInside !== (edges.length % 2 === 1)) edges.push(x);
    }
    return Uint32Array.from(edges);
  });
}

it.each([0, 0.1, 0.3, 0.45, 0.6, 1])('finds the connected parts of a mask with a share of %s', (share) => {
  const random = seededRandom(`runs/${share}`);
  for (let round = 0; round < 20; round++) {
    const data = Uint8Array.from({ length: width * height }, () => (random.uniform() < share ? 1 : 0));
    const order = (parts: ReturnType<typeof aroundRuns>) => parts.map((part) => JSON.stringify(part)).sort();
    expect(order(aroundRuns(runsOf(data)))).toEqual(order(aroundParts({ data, shape: [height, width] })));
  }
});
