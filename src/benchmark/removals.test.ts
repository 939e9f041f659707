import { expect, it } from 'vitest';
import { baselineLines } from './conclusions.js';
import { removalsOf } from './removals.js';

const score = (input: number, baseline: number, remains = false) => ({
  ...{ value: 0.5, note: 'the probability is assumed' },
  compared: { input, baseline, remains },
});
const flat = { value: null, reason: 'the map is flat' };
const by = (...scores: readonly object[]) => ({
  deletion: { seconds: 1, scores: scores as readonly { value: number | null }[] },
});
const place = { seconds: 1, scores: [{ value: 1 }, { value: 0 }] };

it('averages images and baselines, whichever method tells of them', () => {
  const removals = removalsOf([
    { ...by(flat, score(0.75, 0.5)), 'pointing-game': place },
    { ...by(score(0.25, 1, true), score(0.75, 0.5)), 'pointing-game': place },
  ]);
  expect(removals).toEqual([{ metric: 'deletion', input: 0.5, baseline: 0.75, images: 2, kept: 1 }]);
});

it('leaves out what differs among methods', () => {
  expect(removalsOf([by(score(0.25, 1), score(0.75, 0.5)), by(score(0.25, 0.5), score(0.75, 0.5))])).toEqual(
    [],
  );
});

it('says in words where a replacement does not remove the evidence', () => {
  const told = { metric: 'deletion', input: 0.5, baseline: 0.75, images: 2 };
  const row = { family: 'gradient', options: {}, seconds: 1, forward: 1, backward: 1, sha256: '' } as const;
  const compared = { input: 3.5, baseline: 21.63 };
  const methods = [
    { ...row, method: 'integrated-gradients', compared },
    { ...row, method: 'gradient' },
    { ...row, method: 'deeplift', compared },
    { ...row, method: 'occlusion', options: { baseline: 'zero' }, compared },
  ];
  expect(
    baselineLines({
      methods,
      removals: [
        { ...told, kept: 2 },
        { ...told, metric: 'insertion', kept: 0 },
      ],
    }),
  ).toEqual([
    'f(image) 3.50, f(baseline) 21.63: integrated-gradients, deeplift',
    'f(image) 3.50, f(baseline) 21.63 (zero): occlusion',
    'deletion: from 0.500 with no pixel replaced to 0.750 with all: the replacement does not remove the evidence in 2 of 2 images, of which the column says little',
    'insertion: from 0.500 with no pixel replaced to 0.750 with all',
  ]);
  const close = { ...told, kept: 0, input: 0.00316, baseline: 0.00327 };
  expect(
    baselineLines({ methods: [{ ...row, method: 'gradient', compared: close }], removals: [close] }),
  ).toEqual([
    'f(image) 0.00316, f(baseline) 0.00327: gradient',
    'deletion: from 0.00316 with no pixel replaced to 0.00327 with all',
  ]);
});
