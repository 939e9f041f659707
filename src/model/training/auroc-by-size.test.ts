import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../base/random.js';
import { aurocBySize } from './auroc-by-size.js';

const random = seededRandom('sizes');
const side = 10;
const masked = (pixels: number) => ({
  shape: [side, side],
  data: Uint8Array.from({ length: side * side }, (_, i) => Number(i < pixels)),
});
/** 12 images without a lesion, and 9 with lesions of 1 to 9 pixels, in another order. */
const samples = Array.from({ length: 21 }, (_, i) => (i * 8) % 21).map((n) =>
  n < 12 ? { labels: [0] } : { labels: [1], mask: masked(n - 11) },
);
const logits = {
  shape: [21, 2],
  data: Float32Array.from({ length: 42 }, () => random.normal()),
};

/** The share of pairs that are in order, a tie as half of one. */
function literal(from: number, to: number): number {
  const score = (n: number) => logits.data[2 * n + 1]! - logits.data[2 * n]!;
  const size = ({ mask }: { readonly mask?: { readonly data: Uint8Array } }) =>
    mask?.data.reduce((sum, value) => sum + value, 0) ?? 0;
  const at = (wanted: (pixels: number) => boolean) =>
    samples.flatMap((sample, n) => (wanted(size(sample)) ? [score(n)] : []));
  const [positive, negative] = [at((pixels) => pixels > from && pixels <= to), at((pixels) => pixels === 0)];
  const pairs = positive.flatMap((a) => negative.map((b) => (a > b ? 1 : a === b ? 0.5 : 0)));
  return pairs.reduce<number>((sum, pair) => sum + pair, 0) / pairs.length;
}

describe('the AUROC by annotated area', () => {
  it('is that of each third and all images without a lesion', () => {
    const found = aurocBySize(logits, samples);
    expect(found.map(({ images }) => images)).toEqual([3, 3, 3]);
    for (const [i, [from, to]] of (
      [
        [0, 3],
        [3, 6],
        [6, 9],
      ] as const
    ).entries())
      expect(found[i]!.auroc).toBeCloseTo(literal(from, to), 12);
    expect(found.at(-1)!.upTo).toBe(0.09);
  });

  it('puts lesions of one area together', () => {
    const same = samples.map((sample) => (sample.mask ? { ...sample, mask: masked(5) } : sample));
    expect(aurocBySize(logits, same)).toMatchObject([{ upTo: 0.05, images: 9 }]);
  });

  it('is not told of images without annotations, or without class 0', () => {
    const bare = samples.map(({ labels }) => ({ labels }));
    expect(aurocBySize(logits, bare)).toEqual([]);
    expect(
      aurocBySize(
        logits,
        samples.filter(({ labels }) => labels[0] === 1),
      ),
    ).toEqual([]);
  });
});
