/** Bits sorted in one pass; three passes cover the 32 bits of a key. */
const BITS = 11;
const BUCKETS = 1 << BITS;

/** Numbers of sorts that are frequent, whose memory is kept. */
const FREQUENT = 2 ** 18;
let kept = new Uint32Array();

/** Memory for three arrays of a sort, which is over before another begins. */
function memoryOf(length: number): readonly [Uint32Array, Uint32Array, Uint32Array] {
  const memory = kept.length < 3 * length ? new Uint32Array(3 * length) : kept;
  if (length <= FREQUENT) kept = memory;
  const array = (i: number) => memory.subarray(i * length, (i + 1) * length);
  return [array(0), array(1), array(2)];
}

/**
 * Writes keys of float32 numbers whose unsigned order is that of the numbers: both zeros have one key. A NaN
 * has a key at one of the ends.
 */
function keysOf(values: Float32Array, keys: Uint32Array): Uint32Array {
  new Float32Array(keys.buffer, keys.byteOffset, keys.length).set(values);
  for (let i = 0; i < keys.length; i++) {
    const bits = keys[i]!;
    // The bits of -0 are those of the sign alone.
    keys[i] = bits > 0x80000000 ? ~bits : bits | 0x80000000;
  }
  return keys;
}

/** How many keys fall into each bucket of each pass, as the place where the bucket begins. */
function startsOf(keys: Uint32Array): readonly Uint32Array[] {
  const counts = [new Uint32Array(BUCKETS), new Uint32Array(BUCKETS), new Uint32Array(BUCKETS)] as const;
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i]!;
    counts[0][key & (BUCKETS - 1)]!++;
    counts[1][(key >>> BITS) & (BUCKETS - 1)]!++;
    counts[2][key >>> (2 * BITS)]!++;
  }
  for (const own of counts) {
    let sum = 0;
    for (let b = 0; b < BUCKETS; b++) {
      const count = own[b]!;
      own[b] = sum;
      sum += count;
    }
  }
  return counts;
}

/** The numbers in ascending order (a radix sort, in time linear in their number); -0 becomes 0. */
export function sortedFloats(values: Float32Array): Float32Array {
  let from: Uint32Array<ArrayBufferLike> = keysOf(values, new Uint32Array(values.length));
  let to: Uint32Array<ArrayBufferLike> = new Uint32Array(from.length);
  for (const [pass, starts] of startsOf(from).entries()) {
    const shift = pass * BITS;
    for (let i = 0; i < from.length; i++) {
      const key = from[i]!;
      to[starts[(key >>> shift) & (BUCKETS - 1)]!++] = key;
    }
    [from, to] = [to, from];
  }
  for (let i = 0; i < from.length; i++) {
    const key = from[i]!;
    from[i] = key >>> 31 ? key ^ 0x80000000 : ~key;
  }
  return new Float32Array(from.buffer, from.byteOffset, from.length);
}

/** The given indices in the order of their values; tied ones keep their order. */
export function sortedIndices(
  values: Float32Array,
  indices: Uint32Array,
  direction: 'ascending' | 'descending' = 'ascending',
): Uint32Array {
  const [memory, ...others] = memoryOf(values.length);
  const spare = others.map((one) => one.subarray(0, indices.length));
  const keys = keysOf(values, memory);
  if (direction === 'descending') for (let i = 0; i < keys.length; i++) keys[i] = ~keys[i]!;
  let from = indices;
  for (const [pass, starts] of startsOf(keys).entries()) {
    const shift = pass * BITS;
    const to = spare[pass % 2]!;
    for (let i = 0; i < from.length; i++) {
      const index = from[i]!;
      to[starts[(keys[index]! >>> shift) & (BUCKETS - 1)]!++] = index;
    }
    from = to;
  }
  return from.slice();
}
