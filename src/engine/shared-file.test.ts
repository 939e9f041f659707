import { closeSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { keptBuffers, openSharedFile, pack, unpack } from './shared-file.js';

const file = openSharedFile();
afterAll(() => closeSync(file));

/** A message with one array that passes through the file and one that does not. */
const message = (value: number) => ({
  name: 'run',
  feeds: { x: { data: new Float32Array(20_000).fill(value), shape: [20_000] }, y: Uint8Array.of(value) },
});

describe('messages with large arrays', () => {
  it('come back as they were', () => {
    expect(unpack(pack(message(3), file), file)).toEqual(message(3));
  });

  it('keep their arrays when the next message comes', () => {
    const first = unpack(pack(message(1), file), file);
    unpack(pack(message(2), file), file);
    expect(first).toEqual(message(1));
  });

  it('share the memory of their arrays where it is kept, whatever their sizes', () => {
    const kept = keptBuffers();
    const read = (length: number) =>
      unpack(pack(new Float64Array(length).fill(length), file), file, kept) as Float64Array;
    const [long, longer, short] = [read(10_000), read(30_000), read(9_000)];
    expect(short).toEqual(new Float64Array(9_000).fill(9_000));
    expect(short.buffer).toBe(longer.buffer);
    expect(long.buffer).not.toBe(longer.buffer);
  });
});
