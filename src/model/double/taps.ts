import type { Steps } from '../../graph/steps.js';

/** The window parameters along one axis; negative padding crops. */
export interface Sliding {
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly padBegin: number;
  readonly padEnd: number;
}

const toTheEnd = 2 ** 31 - 1;

/** Pads the axes of `x` from axis `first` on. */
export function padded(x: string, first: number, axes: readonly Sliding[], s: Steps, value = 0): string {
  if (axes.every(({ padBegin, padEnd }) => padBegin === 0 && padEnd === 0)) return x;
  const amounts = s.whole(...axes.map((a) => a.padBegin), ...axes.map((a) => a.padEnd));
  return s.emit('Pad', [x, amounts, s.number(value), s.whole(...axes.map((_, i) => first + i))]);
}

/**
 * For each tap of the window, in row-major order, the elements of the padded `x` that it reads. The window's
 * axes start at axis `first`.
 */
export function seenByTaps(x: string, first: number, axes: readonly Sliding[], s: Steps): string[] {
  const taps = axes.reduce<number[][]>(
    (found, { kernel }) => found.flatMap((tap) => Array.from({ length: kernel }, (_, k) => [...tap, k])),
    [[]],
  );
  if (taps.length === 1 && axes.every(({ stride }) => stride === 1)) return [x];
  return taps.map((tap) => {
    const starts = axes.map(({ dilation }, i) => tap[i]! * dilation);
    // Negative ends count from the end, so that each tap reads equally many elements for any length.
    const ends = axes.map(({ dilation, kernel }, i) => (tap[i]! - kernel + 1) * dilation || toTheEnd);
    return s.emit('Slice', [
      x,
      s.whole(...starts),
      s.whole(...ends),
      s.whole(...axes.map((_, i) => first + i)),
      s.whole(...axes.map(({ stride }) => stride)),
    ]);
  });
}
