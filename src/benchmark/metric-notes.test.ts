import { expect, it } from 'vitest';
import { metricNotes } from './metric-notes.js';

const faint = { value: 0.1, note: 'the changed inputs hardly differ' };
const of = (...scores: readonly { value: number; note?: string; compared?: never }[]) => ({
  seconds: 1,
  scores,
});

it('what metrics say of all images, or of some, is told once for all methods', () => {
  const scored = [
    { 'max-sensitivity': of(faint, faint), infidelity: of({ value: 1 }, { value: 1 }) },
    { 'max-sensitivity': of(faint, faint), infidelity: of({ value: 1 }, faint) },
  ];
  expect(metricNotes(scored)).toEqual([
    'max-sensitivity: the changed inputs hardly differ',
    'infidelity: the changed inputs hardly differ, of 1 image',
  ]);
});

it('what is told of removals and of all probabilities is left out', () => {
  const compared = { input: 1, baseline: 0 };
  const scored = [
    { deletion: { seconds: 1, scores: [{ ...faint, compared }] }, road: of({ value: 1, note: 'assumed' }) },
  ];
  expect(metricNotes(scored, 'assumed')).toEqual([]);
});
