import type { Random } from './random.js';

/** The circle in steps so small that a few terms of the series give the rest. */
const STEPS = 4096;
const [cosines, sines] = [Math.cos, Math.sin].map((of) =>
  Float64Array.from({ length: STEPS }, (_, i) => of((2 * Math.PI * i) / STEPS)),
) as [Float64Array, Float64Array];

/**
 * A source of many standard normal numbers, times `deviation`: those that `random.normal()` draws, to
 * rounding, at half of its cost. It fills arrays one after the other, and is the stream's only reader.
 */
export function normalsOf(random: Random, deviation: number): (into: Float32Array) => Float32Array {
  // The second number of a pair that an array of odd length leaves to the next one.
  const spare: number[] = [];
  return (into) => {
    let i = 0;
    if (into.length > 0 && spare.length > 0) into[i++] = spare.pop()!;
    for (; i < into.length; i += 2) {
      const radius = deviation * Math.sqrt(-2 * Math.log(1 - random.uniform()));
      const place = STEPS * random.uniform();
      const step = Math.floor(place);
      const rest = (place - step) * ((2 * Math.PI) / STEPS);
      const square = rest * rest;
      const sine = rest * (1 - (square / 6) * (1 - square / 20));
      const cosine = 1 - (square / 2) * (1 - square / 12);
      const c = cosines[step]!;
      const s = sines[step]!;
      into[i] = radius * (c * cosine - s * sine);
      const second = radius * (s * cosine + c * sine);
      if (i + 1 < into.length) into[i + 1] = second;
      else spare.push(second);
    }
    return into;
  };
}
