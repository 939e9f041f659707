import { permutation, seededRandom } from '../../base/random.js';
import { int } from '../../graph/attributes.js';
import type { Builder } from '../../graph/builder.js';
import type { Constant } from '../../graph/graph.js';
import { dataTypes } from '../../graph/schema.js';

/**
 * Standard normal noise that a program makes by itself. A draw is a square of cells, and eight keys:
 *
 *     rows r' = (k0 t[r] + k1) mod P, columns c' = (k2 s[c] + k3) mod P, and others mod Q in the same way
 *     v = r'' c'' mod Q,  w = (r' c' + v) mod P,  u = (w + (v + 1/2) / Q) / P
 *
 * where `t` and `s` are fixed permutations: hashes of Carter and Wegman (1979,
 * doi:10.1016/0022-0000(79)90044-8), by which any two numbers of a draw are independent, and two generators
 * combined as by Wichmann and Hill (1982, doi:10.2307/2347988). Pairs of uniform numbers become normal ones
 * as by Box and Muller (1958, doi:10.1214/aoms/1177706645). All integers are below 2^30, so that every engine
 * has the same; what follows them differs by rounding.
 */
const [P, Q] = [32749, 32719];

/** The modulus of rows and columns of the first generator, and of the second. */
const moduli = [P, P, Q, Q] as const;

/** The two keys of each of these lines. */
export const keyShape = [moduli.length, 2] as const;

/** The least uniform number, which float16 can hold: noise is at most 5.8. */
const least = 2 ** -24;

/** The keys of each draw, `[draws, 4, 2]`. */
export function noiseKeys(seed: number, draws: number): Int32Array {
  const random = seededRandom(`${seed}/noise`);
  const keys = new Int32Array(draws * 2 * moduli.length);
  for (let i = 0; i < keys.length; i += 2) {
    const modulus = moduli[(i / 2) % moduli.length]!;
    keys[i] = 1 + random.below(modulus - 1);
    keys[i + 1] = random.below(modulus);
  }
  return keys;
}

/** The even number of cells along both sides of a square that holds `size` of them. */
const sideOf = (size: number): number => 2 * Math.ceil(Math.sqrt(size) / 2);

/** The first `length` places of each line's permutation. */
const placesOf = (length: number): readonly Int32Array[] =>
  moduli.map((modulus, line) =>
    Int32Array.from(permutation(seededRandom(`noise/${line}`), modulus).subarray(0, length)),
  );

/** The noise of each draw of some keys, in `size` values. */
export function noisesOf(keys: Int32Array, size: number): (draw: number) => Float32Array {
  const side = sideOf(size);
  const places = placesOf(side);
  return (draw) => {
    const lines = moduli.map((modulus, line) => {
      const at = 2 * (draw * moduli.length + line);
      return places[line]!.map((place) => (keys[at]! * place + keys[at + 1]!) % modulus);
    });
    return cellsOf(lines as Lines, side).subarray(0, size);
  };
}

type Lines = [Int32Array, Int32Array, Int32Array, Int32Array];

function cellsOf([rows, columns, otherRows, otherColumns]: Lines, side: number): Float32Array {
  const uniform = (row: number, column: number) => {
    const v = (otherRows[row]! * otherColumns[column]!) % Q;
    const w = (rows[row]! * columns[column]! + v) % P;
    return (w + (v + 0.5) / Q) / P;
  };
  const half = (side * side) / 2;
  const noise = new Float32Array(2 * half);
  for (let i = 0; i < half; i++) {
    const [row, column] = [Math.floor(i / side), i % side];
    const radius = Math.sqrt(-2 * Math.log(Math.max(least, uniform(row, column))));
    const angle = 2 * Math.PI * uniform(row + side / 2, column);
    noise[i] = radius * Math.cos(angle);
    noise[half + i] = radius * Math.sin(angle);
  }
  return noise;
}

/** Adds the nodes of the noise `[draws, size]` of keys `[draws, 4, 2]` of type int32. */
export function noiseNodes(builder: Builder, keys: string, size: number): string {
  const { add, concat, constant, cos, div, emit, emitAll, log, max, mul, reshape, sin, slice } = builder;
  const side = sideOf(size);
  const whole = (values: readonly number[], shape: readonly number[] = []): string =>
    constant({ type: 'int32', data: Int32Array.from(values), shape } satisfies Constant);
  const split = (value: string, axis: number, parts: number) =>
    emitAll('Split', [value], parts, { axis: int(axis), num_outputs: int(parts) });
  const remainder = (value: string, modulus: string) => builder.sub(value, mul(div(value, modulus), modulus));
  const float = (value: string) => emit('Cast', [value], { to: int(dataTypes.float32) });

  const tables = placesOf(side).flatMap((places) => [...places]);
  const [factors, terms] = split(keys, 2, 2) as [string, string]; // [draws, 4, 1]
  const hashed = add(mul(factors, whole(tables, [1, moduli.length, side])), terms);
  const lines = split(remainder(hashed, whole(moduli, [1, moduli.length, 1])), 1, moduli.length);
  const product = (line: number) => mul(reshape(lines[line]!, [-1, side, 1]), lines[line + 1]!);
  const v = remainder(product(2), whole([Q]));
  const w = remainder(add(product(0), v), whole([P]));
  const uniform = div(add(float(w), div(add(float(v), 0.5), Q)), P); // [draws, side, side]
  const [first, second] = split(uniform, 1, 2) as [string, string];
  const radius = builder.sqrt(mul(-2, log(max(first, least))));
  const angle = mul(2 * Math.PI, second);
  const noise = reshape(concat([mul(radius, cos(angle)), mul(radius, sin(angle))], 1), [-1, side * side]);
  return side * side === size ? noise : slice(noise, [{ axis: 1, start: 0, end: size, step: 1 }]);
}
