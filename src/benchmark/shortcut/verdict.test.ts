import { describe, expect, it } from 'vitest';
import { judge, type Pointing, type Used } from './verdict.js';

const images = (of: (i: number) => Omit<Pointing, 'patient'>): Pointing[] =>
  Array.from({ length: 12 }, (_, i) => ({ patient: `p${i}`, ...of(i) }));
const four = (a: number, b: number, c: number, d: number) => (i: number) => {
  const wobble = (i % 5) / 100;
  return {
    shortcutMarked: a + wobble,
    shortcutPlain: b - wobble,
    innocentMarked: c + wobble / 2,
    innocentPlain: d + (i % 2 ? wobble : -wobble),
  };
};
const both: Used = { learned: true, innocent: true };
const one = (of: (i: number) => Omit<Pointing, 'patient'>, used = both) =>
  judge({ method: images(of) }, used).method!;

describe('a planted marker', () => {
  it('is revealed by a method that points at it only where it is used', () => {
    expect(one(four(0.95, 0.5, 0.48, 0.48))).toMatchObject({ verdict: 'reveals', accusesP: 1 });
  });

  it('is not seen by a method that points elsewhere', () => {
    expect(one(four(0.4, 0.4, 0.4, 0.4)).verdict).toBe('silent');
  });

  it('is not revealed by an edge filter, which points at it in any model', () => {
    const seen = (i: number) => 0.9 + (i % 5) / 100;
    const edges = (i: number) => ({ shortcutMarked: seen(i), shortcutPlain: 0.5 });
    expect(one((i) => ({ ...edges(i), innocentMarked: seen(i + 1), innocentPlain: 0.5 })).verdict).toBe(
      'accuses',
    );
  });

  it('can be revealed by a method that accuses the innocent as well', () => {
    expect(one(four(0.95, 0.5, 0.7, 0.5)).verdict).toBe('both');
  });

  it('is not revealed by a map that never falls on it, though it comes closer', () => {
    expect(one(four(0.45, 0.1, 0.1, 0.1)).verdict).toBe('silent');
  });

  it.each<[string, Partial<Used>, ReturnType<typeof four>, string]>([
    [
      'is revealed by none where it is not learned',
      { learned: false },
      four(0.95, 0.5, 0.48, 0.48),
      'undefined',
    ],
    ['is missed by none where it is not learned', { learned: false }, four(0.4, 0.4, 0.4, 0.4), 'undefined'],
    ['is invented by some where it is not learned', { learned: false }, four(0.95, 0.5, 0.7, 0.5), 'accuses'],
    ['accuses none who uses it', { innocent: false }, four(0.9, 0.5, 0.95, 0.5), 'undefined'],
    ['is revealed where it is used more', { innocent: false }, four(0.95, 0.5, 0.7, 0.5), 'reveals'],
  ])('%s', (_, used, of, verdict) => {
    expect(one(of, { ...both, ...used }).verdict).toBe(verdict);
  });

  it('takes more evidence the more methods are asked', () => {
    const weak = images((i) => ({ ...four(0.7, 0.5, 0.5, 0.5)(i), ...(i < 3 && { shortcutMarked: 0.2 }) }));
    const many = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`m${i}`, weak]));
    const [alone, among] = [judge({ m: weak }, both).m!, judge(many, both).m0!];
    expect(among.revealsP).toBeCloseTo(Math.min(1, 40 * alone.revealsP), 9);
  });

  it('leaves out and counts images with an undefined score', () => {
    const judged = one((i) => ({
      ...four(0.95, 0.5, 0.48, 0.48)(i),
      ...(i === 3 && { innocentPlain: null }),
    }));
    expect(judged).toMatchObject({ verdict: 'reveals', undefined: 1, why: 'a score is undefined (1 image)' });
    expect(one(four(0.95, 0.5, 0.48, 0.48)).why).toBe('');
  });

  it.each<[string, Partial<Pointing>]>([
    ['all', { shortcutMarked: null, shortcutPlain: null, innocentMarked: null, innocentPlain: null }],
    ['those of the innocent model', { innocentMarked: null, innocentPlain: null }],
    ['those with the marker', { shortcutMarked: null, innocentMarked: null }],
  ])('is judged by no method where %s of its scores are undefined', (_, holes) => {
    const reason = 'the map is zero everywhere';
    const empty = images((i) => ({ ...four(0.9, 0.5, 0.5, 0.5)(i), ...holes, reason: i ? reason : 'NaN' }));
    const clear = images((i) => ({ ...four(0.7, 0.5, 0.5, 0.5)(i), ...(i < 3 && { shortcutMarked: 0.2 }) }));
    const judged = judge({ empty, clear }, both);
    expect(judged.empty).toMatchObject({
      ...{ verdict: 'undefined', revealsP: Number.NaN, accusesP: Number.NaN, undefined: 12 },
      why: 'NaN (1 image); the map is zero everywhere (11 images)',
    });
    expect(judged.clear).toEqual(judge({ clear }, both).clear);
  });
});
