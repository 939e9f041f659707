import { describe, expect, it } from 'vitest';
import { counted, lookUp, unknownName } from './names.js';

const hint = (known: readonly string[], name: string) =>
  /did you mean '([^']*)'/.exec(unknownName(known, name, 'thing').message)?.[1];

describe('the error of an unknown name suggests the nearest one', () => {
  const metrics = ['road', 'iou-best', 'iou-otsu', 'auroc', 'average-precision'];
  it.each([
    ['iou', 'iou-best'],
    ['otsu', 'iou-otsu'],
    ['iou-otus', 'iou-otsu'],
    ['rod', 'road'],
    ['AUROC', 'auroc'],
    ['average_precision', 'average-precision'],
  ])('%o suggests %o', (name, nearest) => expect(hint(metrics, name)).toBe(nearest));

  it('a typo does not suggest a longer word that starts with it', () => {
    expect(hint(['--metric', '--metrics-file'], '--metrics')).toBe('--metric');
  });

  it.each(['', 'x', 'foo', 'gradient-of-everything'])('%o suggests nothing', (name) =>
    expect(unknownName(metrics, name, 'metric').message).toBe(
      `unknown metric '${name}' (known: ${metrics.join(', ')})`,
    ),
  );

  it('says so when no name is known', () => {
    expect(unknownName([], 'x', 'layer').message).toBe("unknown layer 'x' (known: none)");
  });
});

it('does not look up inherited properties', () => {
  expect(() => lookUp({ a: 1 }, 'constructor', 'thing')).toThrow("unknown thing 'constructor'");
  expect(lookUp({ a: 1 }, 'a', 'thing')).toBe(1);
});

it('counts one thing in the singular', () => {
  expect([0, 1, 2].map((n) => counted(n, 'image'))).toEqual(['0 images', '1 image', '2 images']);
});
