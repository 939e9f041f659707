import { describe, expect, it } from 'vitest';
import { type Disturbance, metaConsistency } from './meta-consistency.js';

/** Numbers from 0 to 1 that look random. */
const noise = (at: number) => {
  const value = Math.abs(Math.sin(at) * 43758.5453);
  return value - Math.floor(value);
};
const [METHODS, IMAGES] = [3, 12];
const table = (value: (method: number, image: number) => number) =>
  Array.from({ length: METHODS }, (_, m) => Array.from({ length: IMAGES }, (_, n) => value(m, n)));

const before = table((m, n) => noise(1 + m * 31 + n));
const disturbed = (size: number, shrunk: number): Disturbance[] =>
  [0, 1].map((k) => ({
    before,
    after: table((m, n) => before[m]![n]! * (1 - shrunk) + size * (noise(500 + 97 * k + m * 31 + n) - 0.5)),
    counted: before[0]!.map((_, n) => n % 4 !== k),
  }));
const [minor, disruptive] = [disturbed(0.5, 0), disturbed(0.4, 0.5)];

describe('the consistency of a metric', () => {
  it('is what MetaQuantus 0.0.5 computes from the same scores', () => {
    const ours = metaConsistency(minor, disruptive, 'higher');
    expect(ours.intraMinor).toBeCloseTo(0.5891927083, 9);
    expect(ours.intraDisruptive).toBeCloseTo(0.98828125, 9);
    expect(ours.interMinor).toBeCloseTo(0.9259259259, 9);
    expect(ours.interDisruptive).toBeCloseTo(0.9074074074, 9);
    expect(ours.score).toBeCloseTo((0.5891927083 + 0.98828125 + 0.9259259259 + 0.9074074074) / 4, 9);
  });

  it('turns around where lower is better, which the peer does only for an empty text', () => {
    expect(metaConsistency(minor, disruptive, 'lower').interDisruptive).toBeCloseTo(0.0925925926, 9);
  });

  it('counts every image once, where MetaQuantus counts every draw once', () => {
    const often = (draws: readonly Disturbance[]) =>
      draws.map((one, k) => ({
        ...one,
        counted: before[0]!.map((_, n) => (k === 0 ? n % 4 !== 0 : n % 2 === 0)),
      }));
    const drawn = often(minor).map((one, k) => metaConsistency([one], [often(disruptive)[k]!], 'higher'));
    const mean = (of: 'interMinor' | 'interDisruptive') => (drawn[0]![of] + drawn[1]![of]) / 2;
    expect(mean('interMinor')).toBeCloseTo(0.9074074074, 9);
    expect(mean('interDisruptive')).toBeCloseTo(0.9074074074, 9);
    const pooled = metaConsistency(often(minor), often(disruptive), 'higher');
    expect(pooled.interMinor).toBeCloseTo((9 * drawn[0]!.interMinor + 6 * drawn[1]!.interMinor) / 15, 9);
  });

  it('is one half of a metric that never changes, as of one that gives chance', () => {
    const flat = { before: table(() => 1), after: table(() => 1), counted: before[0]!.map(() => true) };
    expect(metaConsistency([flat], [flat], 'higher')).toEqual({
      intraMinor: 1,
      intraDisruptive: 0,
      interMinor: 1,
      interDisruptive: 0,
      score: 0.5,
    });
  });

  it('leaves out images with an undefined score', () => {
    const holed = ({ after, ...rest }: Disturbance): Disturbance => ({
      ...rest,
      after: after.map((row, m) => row.map((value, n) => (m === 1 && n === 5 ? Number.NaN : value))),
    });
    const without = ({ counted, ...rest }: Disturbance): Disturbance => ({
      ...rest,
      counted: counted.map((counts, n) => counts && n !== 5),
    });
    expect(metaConsistency(minor.map(holed), disruptive, 'higher').interMinor).toBe(
      metaConsistency(minor.map(without), disruptive, 'higher').interMinor,
    );
  });

  it('is undefined where no image counts', () => {
    const none = minor.map((one) => ({ ...one, counted: one.counted.map(() => false) }));
    expect(metaConsistency(none, disruptive, 'higher')).toMatchObject({ intraMinor: NaN, score: NaN });
  });
});
