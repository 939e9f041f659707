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

/** Pads the axes of `x` from axis `first` on, which are its last. */
export function padded(x: string, first: number, axes: readonly Sliding[], s: Steps, value = 0): string {
  if (axes.every(({ padBegin, padEnd }) => padBegin === 0 && padEnd === 0)) return x;
  // Without the input `axes`, ONNX infers the batch axis of the result.
  const amounts = (['padBegin', 'padEnd'] as const).flatMap((side) => [
    ...Array<number>(first).fill(0),
    ...axes.map((axis) => axis[side]),
  ]);
  return s.emit('Pad', [x, s.whole(...amounts), s.number(value)]);
}

/**
 * Joins the elements of the padded `x` that the taps of each window read, axis by axis from axis `first` on:
 * `join` gets the elements of all taps along one axis. One axis at a time takes far fewer nodes than one tap
 * at a time.
 */
export function overTaps(
  x: string,
  first: number,
  axes: readonly Sliding[],
  s: Steps,
  join: (taps: readonly string[]) => string,
): string {
  return axes.reduce((value, { kernel, stride, dilation }, i) => {
    if (kernel === 1 && stride === 1) return value;
    const taps = Array.from({ length: kernel }, (_, tap) => {
      // Negative ends count from the end, so that each tap reads equally many elements for any length.
      const end = (tap - kernel + 1) * dilation || toTheEnd;
      return s.slice(value, [{ axis: first + i, start: tap * dilation, end, step: stride }]);
    });
    return taps.length === 1 ? taps[0]! : join(taps);
  }, x);
}
