/** A stream of random numbers. Functions take it as an argument; there is no global stream. */
export interface Random {
  /** What `seededRandom` makes the same stream of, from its first number on. */
  readonly seed: number;
  /** A uniform number in [0, 1) with 53 random bits. */
  uniform(): number;
  /** A standard normal number. */
  normal(): number;
  /** A uniform integer in [0, bound). */
  below(bound: number): number;
  /** A stream that depends only on this stream's seed and on `name`, not on the numbers drawn so far. */
  fork(name: string | number): Random;
}

/** A random stream from a seed: xoshiro128** (Blackman & Vigna 2021), initialised by splitmix32. */
export function seededRandom(seed: number | string): Random {
  const key = typeof seed === 'number' ? seed >>> 0 : hash(seed);
  let mixer = key;
  const splitmix = () => {
    mixer = (mixer + 0x9e3779b9) | 0;
    let z = mixer ^ (mixer >>> 16);
    z = Math.imul(z, 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return (z ^ (z >>> 15)) >>> 0;
  };
  let [a, b, c, d] = [splitmix(), splitmix(), splitmix(), splitmix()];
  const next = () => {
    const scrambled = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0;
    const t = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= t;
    d = rotate(d, 11);
    return scrambled;
  };
  const uniform = () => ((next() >>> 5) * 67108864 + (next() >>> 6)) / 9007199254740992;
  let spare: number | undefined;
  return {
    seed: key,
    uniform,
    normal() {
      if (spare !== undefined) {
        const value = spare;
        spare = undefined;
        return value;
      }
      const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
      const angle = 2 * Math.PI * uniform();
      spare = radius * Math.sin(angle);
      return radius * Math.cos(angle);
    },
    below: (bound) => Math.floor(uniform() * bound),
    fork: (name) => seededRandom(`${key}/${name}`),
  };
}

/** A random permutation of `0 .. length - 1` (Fisher-Yates), in the memory that is given. */
export function permutation(random: Random, length: number, order = new Uint32Array(length)): Uint32Array {
  for (let i = 0; i < length; i++) order[i] = i;
  for (let i = length - 1; i > 0; i--) {
    const j = random.below(i + 1);
    const last = order[i]!;
    order[i] = order[j]!;
    order[j] = last;
  }
  return order;
}

const rotate = (x: number, k: number) => (x << k) | (x >>> (32 - k));

/** The FNV-1a hash, 32 bits. */
function hash(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h >>> 0;
}
