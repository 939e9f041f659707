import type { Random } from '../../base/random.js';

/** Objects in an image that do not depend on its class. */
export interface Extras {
  readonly marker: {
    readonly glyph: 'L' | 'R';
    readonly u: number;
    readonly v: number;
    readonly size: number;
  };
  readonly leads: readonly { readonly u: number; readonly v: number; readonly bend: number }[];
  readonly tube: boolean;
  readonly pacemaker: boolean;
  readonly granuloma?: { readonly u: number; readonly v: number };
}

export function drawExtras(random: Random, abnormal: boolean): Extras {
  const left = random.uniform() < 0.6;
  const high = random.uniform() < 0.8;
  const sick = (chance: number) => random.uniform() < (abnormal ? 2.2 : 1) * chance;
  const leads = sick(0.18) ? 1 + random.below(3) : 0;
  const granuloma = sick(0.12);
  return {
    marker: {
      glyph: left ? 'L' : 'R',
      u: (left ? 1 : -1) * (0.82 + 0.08 * random.uniform()),
      v: (high ? 0.05 : 0.9) + 0.03 * random.uniform(),
      size: 0.045 + 0.015 * random.uniform(),
    },
    leads: Array.from({ length: leads }, () => ({
      u: 0.7 * (2 * random.uniform() - 1),
      v: 0.25 + 0.45 * random.uniform(),
      bend: random.normal(),
    })),
    tube: sick(0.08),
    pacemaker: sick(0.05),
    granuloma: granuloma
      ? {
          u: (random.uniform() < 0.5 ? -1 : 1) * (0.3 + 0.25 * random.uniform()),
          v: 0.25 + 0.4 * random.uniform(),
        }
      : undefined,
  };
}

const GLYPHS = {
  L: ['#....', '#....', '#....', '#....', '#....', '#....', '#####'],
  R: ['####.', '#...#', '#...#', '####.', '#.#..', '#..#.', '#...#'],
};

/** Density that the extras add at a position; marker and metal saturate. */
export function extraAt(extras: Extras, u: number, v: number): number {
  let sum = markerAt(extras.marker, u, v);
  for (const lead of extras.leads) {
    if (squared((u - lead.u) / 2, v - lead.v) < 0.013 ** 2) sum += 0.3;
    if (v <= lead.v) continue;
    const wire = lead.u + 0.12 * lead.bend * Math.sin((lead.v - v) * 4);
    if (Math.abs(u - wire) < 0.009) sum += 0.16;
  }
  if (extras.tube && v < 0.4 && Math.abs(Math.abs(u + 0.01) - 0.022) < 0.008) sum += 0.12;
  if (extras.pacemaker && v > 0.1 && v < 0.65) {
    if (((u - 0.62) / 0.12) ** 4 + ((v - 0.2) / 0.055) ** 4 < 1) sum += 0.5;
    const wire = 0.6 - 0.42 * Math.sin(Math.min(1, Math.max(0, (v - 0.22) / 0.42)) * 1.57);
    if (v > 0.22 && v < 0.64 && Math.abs(u - wire) < 0.01) sum += 0.3;
  }
  if (extras.granuloma !== undefined) {
    const r2 = squared((u - extras.granuloma.u) / 2, v - extras.granuloma.v) / 0.02 ** 2;
    if (r2 < 1) sum += 0.2 * Math.sqrt(1 - r2);
  }
  return sum;
}

function markerAt({ glyph, u, v, size }: Extras['marker'], x: number, y: number): number {
  if (y < v || y >= v + size) return 0;
  const row = Math.floor(((y - v) / size) * 7);
  const column = Math.floor(((x - u) / (2 * size * 0.7) + 0.5) * 5);
  return GLYPHS[glyph][row]?.[column] === '#' ? 1 : 0;
}

const squared = (x: number, y: number) => x * x + y * y;
