import { describe, expect, it } from 'vitest';
import { seenAs, viewsOf } from './views.js';

const image = { data: Float32Array.from([1, 2, 3, 4, 5, 6, 7, 8, 9]), shape: [1, 3, 3] };

describe('the views of an image', () => {
  it('are its eight mirrorings and quarter-turns, each once', () => {
    const seen = viewsOf.turns.map((view) => Array.from(seenAs(image, view).data).join(''));
    expect(seen.slice(0, 4)).toEqual(['123456789', '321654987', '789456123', '987654321']);
    expect(new Set(seen).size).toBe(8);
    expect(seen).toContain('147258369');
    expect(seen).toContain('741852963');
  });
});
