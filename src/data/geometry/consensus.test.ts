import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../base/random.js';
import type { Box } from '../record.js';
import { consensus, intersectionOverUnion } from './consensus.js';

const box = (reader: string, x: number, y: number, width: number, height: number, label = 'mass'): Box => ({
  label,
  x,
  y,
  width,
  height,
  reader,
});
const given = { overlap: 0.5, readers: 3, confidence: 0 };
const three = [
  box('A', 0, 0, 10, 10),
  box('B', 1, 0, 10, 10),
  box('C', 0, 2, 10, 10),
  box('A', 50, 50, 4, 4),
];

/**
 * Weighted box fusion in the paper's words: models of confidence 1, lists L and F, confidence rescaled by
 * min(T, N) / N.
 */
function fusion(boxes: readonly Box[], threshold: number, readers: number) {
  const lists: Box[][] = [];
  const fused: number[][] = [];
  for (const b of boxes) {
    const corners = [b.x, b.y, b.x + b.width, b.y + b.height];
    let [best, at] = [threshold, -1];
    fused.forEach((f, i) => {
      if (lists[i]![0]!.label !== b.label) return;
      const w = Math.min(f[2]!, corners[2]!) - Math.max(f[0]!, corners[0]!);
      const h = Math.min(f[3]!, corners[3]!) - Math.max(f[1]!, corners[1]!);
      const shared = Math.max(0, w) * Math.max(0, h);
      const iou = shared / ((f[2]! - f[0]!) * (f[3]! - f[1]!) + b.width * b.height - shared);
      if (iou > best) [best, at] = [iou, i];
    });
    if (at < 0) {
      lists.push([b]);
      fused.push(corners);
    } else {
      const list = lists[at]!;
      list.push(b);
      fused[at] = [0, 1, 2, 3].map(
        (k) => list.reduce((sum, m) => sum + [m.x, m.y, m.x + m.width, m.y + m.height][k]!, 0) / list.length,
      );
    }
  }
  return fused.map((f, i) => ({ corners: f, score: Math.min(lists[i]!.length, readers) / readers }));
}

describe('boxes of several readers', () => {
  it('keeps every box with its reader under all', () => {
    expect(consensus(three, { ...given, rule: 'all' })).toEqual(three);
  });

  it('puts one box around those that agree under union', () => {
    expect(consensus(three, { ...given, rule: 'union' })).toEqual([
      { label: 'mass', x: 0, y: 0, width: 11, height: 12 },
      { label: 'mass', x: 50, y: 50, width: 4, height: 4 },
    ]);
  });

  it('drops under majority what no more than half of the readers marked', () => {
    expect(consensus(three, { ...given, rule: 'majority' })).toHaveLength(1);
    expect(consensus(three.slice(0, 2), { ...given, readers: 4, rule: 'majority' })).toEqual([]);
  });

  it('counts one reader once under majority, however often he marks a place', () => {
    const twice = [box('A', 0, 0, 10, 10), box('A', 1, 0, 10, 10)];
    expect(consensus(twice, { ...given, rule: 'majority' })).toEqual([]);
  });

  it('never merges boxes of different labels', () => {
    const two = [box('A', 0, 0, 10, 10), box('B', 0, 0, 10, 10, 'nodule')];
    expect(consensus(two, { ...given, rule: 'union' })).toHaveLength(2);
  });

  it('fuses as the paper states, and drops what too few stand behind', () => {
    const random = seededRandom('fusion');
    for (let trial = 0; trial < 100; trial++) {
      const boxes = Array.from({ length: 12 }, (_, i) => {
        const label = random.below(2) ? 'mass' : 'nodule';
        return box(
          'ABC'[i % 3]!,
          20 * random.uniform(),
          20 * random.uniform(),
          5 + 9 * random.uniform(),
          7,
          label,
        );
      });
      for (const confidence of [0, 0.5]) {
        const expected = fusion(boxes, 0.3, 3).filter(({ score }) => score >= confidence);
        const got = consensus(boxes, { rule: 'weighted-box-fusion', overlap: 0.3, readers: 3, confidence });
        const corners = got.map((b) => [b.x, b.y, b.x + b.width, b.y + b.height]);
        expect(corners.flat().length).toBe(expected.length * 4);
        corners.flat().forEach((value, i) => {
          expect(value).toBeCloseTo(expected.flatMap((e) => e.corners)[i]!, 9);
        });
      }
    }
  });

  it('measures the overlap of boxes', () => {
    expect(intersectionOverUnion(box('A', 0, 0, 2, 2), box('B', 1, 1, 2, 2))).toBeCloseTo(1 / 7, 12);
    expect(intersectionOverUnion(box('A', 0, 0, 2, 2), box('B', 2, 0, 2, 2))).toBe(0);
  });
});
