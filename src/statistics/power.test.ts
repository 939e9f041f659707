import { describe, expect, it } from 'vitest';
import { powerText, subjectsNeeded } from './power.js';
import { wilcoxon } from './wilcoxon.js';

describe('power', () => {
  it('tells how many subjects a difference needs', () => {
    // (1.96 + 0.8416)^2 = 7.849, at a standard deviation of 1 and a mean of 0.5.
    const differences = [-0.5, 1.5, -0.5, 1.5].map((d) => 0.5 + ((d - 0.5) * Math.sqrt(3)) / 2);
    expect(subjectsNeeded(differences)).toBe(32);
    expect(subjectsNeeded([1, -1])).toBeNull();
  });

  it('asks for no fewer subjects than a rank test can tell anything with', () => {
    const clear = [1, 1.1, 0.9, 1.05, 0.95, 1.02];
    const pOf = (differences: readonly number[]) =>
      wilcoxon(
        differences,
        differences.map(() => 0),
      ).p;
    const needed = subjectsNeeded(clear)!;
    expect(needed).toBe(clear.length);
    expect(pOf(clear)).toBeLessThan(0.05);
    expect(pOf(clear.slice(1))).toBeGreaterThan(0.05);
  });

  it('says it in a sentence, to two digits', () => {
    const said = (needed: number | null) => powerText(24, 'images', 'a', 'b', needed);
    expect(said(89)).toBe('24 images cannot tell a from b; about 89 would');
    expect(said(12_341)).toBe('24 images cannot tell a from b; about 13000 would');
    expect(said(null)).toBe('24 images cannot tell a from b: their mean scores are equal');
    expect(said(20)).toMatch(/after the correction for all comparisons; a study of these two alone could/);
  });
});
