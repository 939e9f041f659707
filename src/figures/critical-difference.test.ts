import { XMLParser } from 'fast-xml-parser';
import { describe, expect, it } from 'vitest';
import { alike, criticalDifferenceSvg } from './critical-difference.js';

describe('a critical-difference diagram', () => {
  it('joins the longest runs of methods that are not told apart', () => {
    expect(alike([1, 1.5, 2.6, 2.65, 5], 1.2)).toEqual([
      [0, 1],
      [1, 3],
    ]);
    expect(alike([1, 3], 1)).toEqual([]);
  });

  it('is well-formed SVG with every method, its rank and a bar for each run', () => {
    const methods = [
      { method: 'lrp & <more>', rank: 1.2 },
      { method: 'gradient', rank: 1.8 },
      { method: 'random', rank: 3 },
    ];
    const svg = criticalDifferenceSvg({ methods, criticalDifference: 0.7, title: 'Ranks' });
    const drawn = new XMLParser({ ignoreAttributes: false }).parse(svg, true).svg;
    const words = drawn.text.map((one: { '#text': unknown }) => String(one['#text']));
    expect(words).toEqual(
      expect.arrayContaining(['Ranks', 'lrp & <more> (1.20)', 'gradient (1.80)', 'random (3.00)']),
    );
    const bars = drawn.line.filter((one: Record<string, string>) => one['@_stroke-width'] === '4');
    expect(bars).toHaveLength(1);
  });
});
