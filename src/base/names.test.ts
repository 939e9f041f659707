import { describe, expect, it } from 'vitest';
import { lookUp, unknownName } from './names.js';

const hint = (known: readonly string[], name: string) =>
  /did you mean '([^']*)'/.exec(unknownName(known, name, 'thing').message)?.[1];

describe('an unknown name is told with the nearest one', () => {
  const metrics = ['road', 'iou-best', 'iou-otsu', 'auroc', 'average-precision'];
  it.each([
    ['iou', 'iou-best'],
    ['otsu', 'iou-otsu'],
    ['iou-otus', 'iou-otsu'],
    ['rod', 'road'],
    ['AUROC', 'auroc'],
    ['average_precision', 'average-precision'],
    ['', 'road'],
  ])('%o is taken for %o', (name, nearest) => expect(hint(metrics, name)).toBe(nearest));

  it('a slip is not taken for the start of a longer word', () => {
    expect(hint(['--metric', '--metrics-file'], '--metrics')).toBe('--metric');
  });

  it('says so where none is known', () => {
    expect(unknownName([], 'x', 'layer').message).toBe("unknown layer 'x'; none is known (known: none)");
  });
});

it('a name that every object has is unknown where the table does not declare it', () => {
  expect(() => lookUp({ a: 1 }, 'constructor', 'thing')).toThrow("unknown thing 'constructor'");
  expect(lookUp({ a: 1 }, 'a', 'thing')).toBe(1);
});
