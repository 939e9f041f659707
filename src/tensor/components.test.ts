import { describe, expect, it } from 'vitest';
import { connectedParts, withoutHoles } from './components.js';
import { tensor } from './tensor.js';

const plane = (...lines: string[]) =>
  tensor(
    Uint8Array.from(lines.join(''), (c) => (c === '#' ? 1 : 0)),
    [lines.length, lines[0]!.length],
  );

describe('connected components', () => {
  it('join pixels that touch at corners, unless sides are asked for', () => {
    const diagonal = plane('##..', '..#.', '...#', '#...');
    expect(connectedParts(diagonal).map((part) => [...part].sort((a, b) => a - b))).toEqual([
      [0, 1, 6, 11],
      [12],
    ]);
    expect(connectedParts(diagonal, 'sides')).toHaveLength(4);
  });

  it('do not join the end of a row to the start of the next', () => {
    expect(connectedParts(plane('..#', '#..'))).toHaveLength(2);
  });

  it('join voxels of a volume along each of its axes', () => {
    const volume = tensor(Uint8Array.of(1, 0, 0, 0, 1, 0, 0, 1), [2, 2, 2]);
    expect(connectedParts(volume, 'sides').map((part) => [...part])).toEqual([[0, 4], [7]]);
    expect(connectedParts(volume).map((part) => [...part])).toEqual([[0, 4, 7]]);
  });

  it('have their holes filled, and nothing that is open to the edge', () => {
    const ring = plane('.#...', '#.#.#', '.#..#', '....#', '#####');
    expect(withoutHoles(ring)).toEqual(plane('.#...', '###.#', '.#..#', '....#', '#####'));
  });
});
