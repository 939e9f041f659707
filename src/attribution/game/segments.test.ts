import { describe, expect, it } from 'vitest';
import { felzenszwalb } from '../../tensor/felzenszwalb.js';
import { slic } from '../../tensor/slic.js';
import { segmentationOf, segmentsOption } from './segments.js';

const model = {
  input: {
    name: 'x',
    shape: [1, 8, 8],
    layout: 'NCHW' as const,
    normalisation: { mean: [0], std: [1] },
  },
};
/** Dark on the left, bright on the right, by a slanted border. */
const image = {
  data: Float32Array.from({ length: 64 }, (_, i) => ((i % 8) * 2 + Math.floor(i / 8) < 9 ? 0.1 : 0.9)),
  shape: [1, 1, 8, 8],
};
const read = (given: unknown) => {
  const segments = segmentsOption.read(given);
  if (!segments) throw new Error(`not accepted: ${given}`);
  return segmentationOf(segments, model, image);
};

describe('segmentation', () => {
  it.each(['slic,2', 'felzenszwalb,50', 'slic'])('%s follows the border of a grey image', (given) => {
    const { parts, players } = read(given);
    for (let part = 0; part < players; part++) {
      const values = new Set([...image.data].filter((_, i) => parts.data[i] === part));
      expect(values.size).toBe(1);
    }
  });

  it.each<[string, readonly number[], 'NCHW' | 'other', 1 | 3 | undefined, number]>([
    ['an image', [1, 8, 8], 'NCHW', undefined, 9],
    ['a volume', [1, 4, 4, 4], 'other', 3, 8],
    ['a table', [12], 'other', undefined, 12],
    ['a signal', [2, 64], 'other', 1, 3],
  ])('few parts of %s are at most 16', (_, shape, layout, space, count) => {
    const input = { ...model.input, shape, layout, ...(space && { space }) };
    const data = new Float32Array(shape.reduce((a, b) => a * b));
    const { players } = segmentationOf({ word: 'few' }, { input }, { data, shape: [1, ...shape] });
    expect(players).toBe(count);
  });

  it('gives masks that overlap a part for each set of players', () => {
    const data = new Float32Array(128);
    data.fill(1, 0, 32);
    data.fill(1, 64 + 16, 64 + 48);
    const { players, members, parts } = read({ data, shape: [2, 1, 8, 8] });
    expect(players).toBe(3);
    expect(members).toEqual([[0], [0, 1], [1], [2]]);
    expect([0, 16, 32, 48].map((i) => parts.data[i])).toEqual([0, 1, 2, 3]);
  });

  it('takes boxes, and what is outside of them as one more player', () => {
    const { players, members, parts } = read([
      [0, 0, 4, 8],
      [6, 0, 2, 2],
    ]);
    expect([players, members]).toEqual([3, [[0], [2], [1]]]);
    expect([0, 5, 7].map((i) => parts.data[i])).toEqual([0, 1, 2]);
    expect(() => read([[9, 9, 2, 2]])).toThrow('holds no pixel of an image of 8x8');
  });

  it('numbers players in the order of their labels', () => {
    const data = Float32Array.from({ length: 64 }, (_, i) => (i < 32 ? 7 : 3));
    const { parts } = read({ data, shape: [8, 8] });
    expect([parts.data[0], parts.data[63]]).toEqual([1, 0]);
  });
});

describe('superpixels', () => {
  it('are connected and numbered without gaps', () => {
    const board = (i: number) => (Math.floor((i % 20) / 7) + Math.floor((i % 400) / 140)) % 2;
    const data = Float32Array.from({ length: 1200 }, (_, i) => board(i) + 0.1 * Math.sin(i * i));
    const tiles = { data, shape: [3, 20, 20] };
    for (const labels of [slic(tiles, { segments: 9 }), felzenszwalb(tiles, { scale: 10 })]) {
      const count = Math.max(...labels) + 1;
      expect(new Set(labels).size).toBe(count);
      expect(count).toBeGreaterThan(1);
    }
  });
});
