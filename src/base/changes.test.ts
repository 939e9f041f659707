import { describe, expect, it } from 'vitest';
import { changesBetween, type Digests } from './changes.js';

const before: Digests = [
  ['a', '1'],
  ['b', '2'],
  ['c', '3'],
];

describe('changes between two lists of digests', () => {
  it.each<[string, Digests, string | undefined]>([
    ['none', [...before], undefined],
    ['another digest', [before[0]!, ['b', '9'], before[2]!], 'b has changed'],
    ['one more and one less', [before[0]!, before[1]!, ['d', '4']], 'd is new, c is gone'],
    ['another order', before.toReversed(), 'their order has changed'],
    ['many', [], 'a is gone, b is gone, c is gone'],
    [
      'more than are told',
      [
        ['e', '1'],
        ['f', '2'],
      ],
      'e is new, f is new, a is gone, and 2 more',
    ],
  ])('%s', (_, now, said) => {
    expect(changesBetween(before, now)).toBe(said);
  });
});
