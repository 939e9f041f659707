import { computedIn } from '../graph/computed-in.js';
import type { Constant, Graph } from '../graph/graph.js';

/** Rewrites a graph to compute in float16. Inputs and outputs keep their names and types. */
export const inHalf = (graph: Graph): Graph => computedIn({ type: 'float16', constant: halved }, graph);

const halved = (value: Constant): Constant =>
  value.type === 'float32'
    ? { ...value, type: 'float16', data: Uint16Array.from(value.data as Float32Array, toHalf) }
    : value;

/** Encodes a number as IEEE 754 binary16, rounded to the nearest, ties to even. */
export function toHalf(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (Number.isNaN(value)) return 0x7e00;
  if (size >= 65520) return sign | 0x7c00;
  // The distance of neighbours: 2^-24 up to the least normal number, then 2^-10 of the power of two below.
  const exponent = Math.max(-14, Math.floor(Math.log2(size || 2 ** -24)));
  const steps = roundedToEven(size / 2 ** (exponent - 10));
  // Rounding up to the next power of two carries into the exponent by itself.
  return sign | (exponent === -14 ? steps : ((exponent + 14) << 10) + steps);
}

function roundedToEven(value: number): number {
  const down = Math.floor(value);
  const rest = value - down;
  return rest > 0.5 || (rest === 0.5 && down % 2 === 1) ? down + 1 : down;
}
