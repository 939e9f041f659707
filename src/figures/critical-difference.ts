import { line, round, svg, text } from './svg.js';
import { GREY, INK, SOFT_INK } from './theme.js';

/** Mean ranks of methods, and the least difference that tells two of them apart. */
export interface RankDiagram {
  readonly methods: readonly { readonly method: string; readonly rank: number }[];
  readonly criticalDifference: number;
  /** What was ranked, such as the metric's name and the number of subjects. */
  readonly title?: string;
}

const [WIDTH, SIDE, TOP, LINE, BAR] = [760, 190, 76, 22, 12] as const;

/**
 * A critical-difference diagram as SVG (Demšar 2006): methods at their mean ranks, the best on the left; a
 * bar joins methods that differ by less than the critical difference.
 */
export function criticalDifferenceSvg({ methods, criticalDifference, title }: RankDiagram): string {
  const sorted = [...methods].sort((a, b) => a.rank - b.rank);
  const count = sorted.length;
  const x = (rank: number) => round(SIDE + ((rank - 1) / (count - 1)) * (WIDTH - 2 * SIDE));
  const bars = alike(
    sorted.map(({ rank }) => rank),
    criticalDifference,
  );
  const axis = TOP + 20;
  const below = axis + 14 + BAR * bars.length;
  const half = Math.ceil(count / 2);
  const height = below + LINE * half + 24;
  const ticks = Array.from({ length: count }, (_, i) => i + 1).map(
    (rank) =>
      `${line(x(rank), axis - 6, x(rank), axis, INK)}${text(x(rank), axis - 10, String(rank), 'middle', SOFT_INK)}`,
  );
  const labels = sorted.map(({ method, rank }, i) => {
    const left = i < half;
    const y = below + LINE * (left ? i : count - 1 - i) + 8;
    const end = left ? SIDE - 12 : WIDTH - SIDE + 12;
    const name = `${method} (${rank.toFixed(2)})`;
    return (
      `<path d="M${x(rank)} ${axis}V${y}H${end}" fill="none" stroke="${GREY}"/>` +
      text(left ? end - 6 : end + 6, y + 4, name, left ? 'end' : 'start', INK)
    );
  });
  const joined = bars.map(([from, to], i) => {
    const y = axis + 10 + BAR * i;
    const [a, b] = [x(sorted[from]!.rank) - 4, x(sorted[to]!.rank) + 4];
    return `<line x1="${a}" y1="${y}" x2="${b}" y2="${y}" stroke="${INK}" stroke-width="4" stroke-linecap="round"/>`;
  });
  const cd = Math.min(x(1 + criticalDifference), WIDTH - 8);
  const scale = [
    line(x(1), TOP - 26, cd, TOP - 26, INK),
    line(x(1), TOP - 30, x(1), TOP - 22, INK),
    line(cd, TOP - 30, cd, TOP - 22, INK),
    text(
      (x(1) + cd) / 2,
      TOP - 34,
      `critical difference ${criticalDifference.toFixed(2)}`,
      'middle',
      SOFT_INK,
    ),
  ];
  return svg(WIDTH, height, [
    title === undefined ? '' : text(16, 20, title, 'start', INK),
    ...scale,
    line(x(1), axis, x(count), axis, INK),
    ...ticks,
    ...labels,
    ...joined,
  ]);
}

/** The longest runs of sorted ranks within the critical difference, as first and last indices. */
export function alike(ranks: readonly number[], difference: number): readonly (readonly [number, number])[] {
  const runs = ranks.map((rank, from) => {
    const past = ranks.findIndex((other) => other - rank > difference);
    return [from, (past < 0 ? ranks.length : past) - 1] as const;
  });
  return runs.filter(([from, to], i) => to > from && (i === 0 || runs[i - 1]![1] < to));
}
