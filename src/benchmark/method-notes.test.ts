import { expect, it } from 'vitest';
import { methodNotes, skippedLines } from './method-notes.js';
import type { MethodRow } from './rows.js';

const row = (method: string, rest: Partial<MethodRow> = {}): MethodRow => ({
  ...{ method, family: 'gradient', options: {}, seconds: 1, forward: 1, backward: 1, sha256: '' },
  ...rest,
});
const none = {
  ...{ empty: 0, flat: 0, infinite: 0, unexplained: 0 },
  ...{ cancelling: 0, outdone: 0, taken: 0, unconverged: 0 },
};

it('counts flaws, each on a line', () => {
  const flaws = { ...none, empty: 1, flat: 2, unexplained: 3, cancelling: 1, outdone: 2, taken: 1 };
  expect(methodNotes([row('gradient'), row('rise', { flaws, notes: ['made of 50 random masks'] })])).toEqual([
    'rise: 1 map is zero everywhere',
    'rise: 2 maps are flat: the values differ by at most 1 % of the greatest',
    'rise: 3 maps have a residual of at least half of what they should sum to',
    'rise: the values of 1 map cancel',
    'rise: of 2 images the output is no greater than at the baseline, which does not stand for "nothing there"',
    'rise: of 1 image the model takes the baseline for the target: it does not stand for "nothing there"',
    'rise: made of 50 random masks',
  ]);
});

it('says what holds of several methods once', () => {
  const notes = ['values are rounded on the way'];
  const same = [
    row('cam', { sameAs: ['xcam'] }),
    row('xcam', { sameAs: ['cam'], notes }),
    row('lime', { notes }),
  ];
  const unlike = row('rise', { flaws: { ...none, flat: 2 } });
  expect(methodNotes([...same, unlike, row('sobol', { flaws: { ...none, flat: 1 } })])).toEqual([
    'xcam, lime: values are rounded on the way',
    'rise: 2 maps are flat: the values differ by at most 1 % of the greatest',
    'sobol: 1 map is flat: the values differ by at most 1 % of the greatest',
    'cam = xcam: the same maps',
  ]);
});

it('says once why several methods do not apply', () => {
  const skipped = [
    { method: 'rollout', skipped: 'rollout: no attention was found' },
    { method: 'raw-attention', skipped: 'raw-attention: no attention was found' },
    { method: 'prp', skipped: 'prp explains a ProtoPNet' },
  ];
  expect(skippedLines(skipped)).toEqual([
    'rollout, raw-attention do not apply: no attention was found',
    'prp does not apply: prp explains a ProtoPNet',
  ]);
});
