import { mapPooled } from '../../base/pool.js';
import type { RunContext } from '../../base/run.js';
import type { Rectangle } from '../geometry/frame.js';
import type { Mask } from '../geometry/mask.js';
import { maskOfRegion } from '../geometry/region.js';
import type { Archive, ImageRecord, Problem } from '../record.js';
import type { Marked } from '../reformulate/index.js';
import { aroundRuns } from './run-parts.js';
import { safeMessage } from './safemessage.js';

/** Marked pixels by finding: for each row the columns where runs start and end. */
type Runs = ReadonlyMap<string, readonly Uint32Array[]>;

/**
 * Rasterises the regions of the given findings and keeps them as runs, to limit memory. Images with
 * unreadable regions become problems.
 */
export async function withMarks(
  archive: Archive,
  findings: readonly string[],
  parallel: number,
  run: RunContext,
): Promise<{ readonly archive: Archive; readonly marked: Marked }> {
  const regionsOf = (record: ImageRecord) => record.regions.filter(({ label }) => findings.includes(label));
  const wanted = archive.records.filter((record) => regionsOf(record).length > 0);
  if (wanted.length === 0) return { archive, marked: () => undefined };
  const found = new Map<ImageRecord, Runs>();
  const problems: Problem[] = [];
  const read = async (record: ImageRecord) => {
    try {
      const runs = new Map<string, Uint32Array[]>();
      for (const region of regionsOf(record)) {
        const mask = await maskOfRegion(region, record.height!, record.width!);
        runs.set(region.label, joined(runs.get(region.label), runsOf(mask)));
      }
      found.set(record, runs);
    } catch (error) {
      problems.push({ image: record.id, problem: safeMessage(error, record) });
    }
  };
  await mapPooled(run, 'reading masks', wanted, read, parallel);
  problems.sort((a, b) => (a.image < b.image ? -1 : 1));
  const runsIn = (record: ImageRecord, finding: string) => found.get(record)?.get(finding) ?? [];
  const unread = new Set(wanted.filter((record) => !found.has(record)));
  return {
    archive: {
      ...archive,
      records: archive.records.filter((record) => !unread.has(record)),
      problems: [...archive.problems, ...problems],
    },
    marked: Object.assign(
      (record: ImageRecord, finding: string, window: Rectangle) => countIn(runsIn(record, finding), window),
      { parts: (record: ImageRecord, finding: string) => aroundRuns(runsIn(record, finding)) },
    ),
  };
}

function runsOf({ data, shape }: Mask): Uint32Array[] {
  const [height, width] = shape as [number, number];
  return Array.from({ length: height }, (_, y) => {
    const edges: number[] = [];
    for (let x = 0; x <= width; x++) {
      const inside = x < width && data[y * width + x] === 1;
      if (inside !== (edges.length % 2 === 1)) edges.push(x);
    }
    return Uint32Array.from(edges);
  });
}

/** Union of two sets of runs, row by row. */
function joined(before: readonly Uint32Array[] | undefined, now: Uint32Array[]): Uint32Array[] {
  if (before === undefined) return now;
  return now.map((edges, y) => {
    const runs = [...pairs(before[y]!), ...pairs(edges)].sort((a, b) => a[0] - b[0]);
    const merged: [number, number][] = [];
    for (const [from, to] of runs) {
      const last = merged.at(-1);
      if (last && from <= last[1]) last[1] = Math.max(last[1], to);
      else merged.push([from, to]);
    }
    return Uint32Array.from(merged.flat());
  });
}

const pairs = (edges: Uint32Array): [number, number][] =>
  Array.from({ length: edges.length / 2 }, (_, i) => [edges[2 * i]!, edges[2 * i + 1]!]);

/** Number of marked pixels in a window; pixels at its edges count by their covered fraction. */
function countIn(runs: readonly Uint32Array[], { x, y, width, height }: Rectangle): number {
  let count = 0;
  for (let row = Math.floor(y); row < Math.min(runs.length, y + height); row++) {
    const edges = runs[row]!;
    const shown = Math.min(row + 1, y + height) - Math.max(row, y);
    for (let i = 0; i < edges.length; i += 2) {
      count += shown * Math.max(0, Math.min(edges[i + 1]!, x + width) - Math.max(edges[i]!, x));
    }
  }
  return count;
}
