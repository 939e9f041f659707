import type { Rectangle } from '../geometry/frame.js';

interface Run {
  readonly from: number;
  readonly to: number;
  readonly y: number;
  part: { left: number; top: number; right: number; bottom: number };
}

/**
 * The rectangles around the connected parts of a mask, given for each row as the columns where its runs start
 * and end. Pixels that share a side or a corner are connected.
 */
export function aroundRuns(rows: readonly Uint32Array[]): readonly Rectangle[] {
  const members = new Map<Run['part'], Run[]>();
  let above: readonly Run[] = [];
  for (const [y, edges] of rows.entries()) {
    const own = Array.from({ length: edges.length / 2 }, (_, i): Run => {
      const [from, to] = [edges[2 * i]!, edges[2 * i + 1]!];
      return { from, to, y, part: { left: from, top: y, right: to, bottom: y + 1 } };
    });
    let first = 0;
    for (const run of own) {
      members.set(run.part, [run]);
      while (first < above.length && above[first]!.to < run.from) first++;
      for (let i = first; i < above.length && above[i]!.from <= run.to; i++) join(above[i]!, run, members);
    }
    above = own;
  }
  return [...members.keys()].map(({ left, top, right, bottom }) => ({
    x: left,
    y: top,
    width: right - left,
    height: bottom - top,
  }));
}

/** Moves the runs of the smaller of two parts to the other. */
function join(a: Run, b: Run, members: Map<Run['part'], Run[]>): void {
  if (a.part === b.part) return;
  const [small, large] = [a.part, b.part].sort((p, q) => members.get(p)!.length - members.get(q)!.length) as [
    Run['part'],
    Run['part'],
  ];
  const [moved, kept] = [members.get(small)!, members.get(large)!];
  members.delete(small);
  for (const run of moved) {
    run.part = large;
    kept.push(run);
  }
  large.left = Math.min(large.left, small.left);
  large.top = Math.min(large.top, small.top);
  large.right = Math.max(large.right, small.right);
  large.bottom = Math.max(large.bottom, small.bottom);
}
