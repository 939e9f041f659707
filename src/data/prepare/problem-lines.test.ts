import { describe, expect, it } from 'vitest';
import { problemLines } from './problem-lines.js';

const problems = (count: number, problem: string) =>
  Array.from({ length: count }, (_, i) => ({ image: `${problem}${i}`, problem }));
const lines = (...all: ReturnType<typeof problems>[]) => problemLines(all.flat(), (id) => `${id}.png`);

describe('lines of problems', () => {
  it('name up to three images with the same problem, and count the others', () => {
    expect(lines(problems(1, 'a'), problems(3, 'b'), problems(5, 'c'))).toEqual([
      '  a0.png: a',
      '  b0.png, b1.png, b2.png: b',
      '  c0.png, c1.png, c2.png and 2 more: c',
    ]);
  });

  it('are ten, and count what stands in no line', () => {
    const kinds = Array.from({ length: 13 }, (_, i) => problems(2, `p${i}`));
    const found = lines(...kinds);
    expect(found).toHaveLength(11);
    expect(found.at(-1)).toBe('  and 6 more');
  });
});
