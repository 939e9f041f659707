import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { SightlineError } from '../base/errors.js';
import { sharedIsThere, sharedPath } from '../testing/shared.js';
import { temporaryTree } from '../testing/tree.js';
import { formatNpy } from './npy.js';
import { formatNpz, type NpzLimits, readNpz, writeNpz } from './npz.js';
import { tensor, zeros } from './tensor.js';

const heat = tensor(Float32Array.of(1, 2, 3, 4, 5, 6), [2, 3]);
const ids = tensor(BigInt64Array.of(1n, 2n), [2]);

/** What is read of bytes that lie in a file `x.npz`. */
async function readOf(bytes: Uint8Array, limits?: NpzLimits) {
  const path = join(await temporaryTree(), 'x.npz');
  await writeFile(path, bytes);
  return readNpz(path, limits);
}

/** Where the directory's entry of the last array begins. */
function directoryOf(bytes: Uint8Array) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return { view, at: Buffer.from(bytes).lastIndexOf('PK\x01\x02') };
}

describe('npz', () => {
  it.each([true, false])('gives back the arrays by name, compressed: %s', async (compress) => {
    const path = join(await temporaryTree(), 'x.npz');
    await writeNpz(path, { heat, 'a/b': ids }, { compress });
    expect(await readNpz(path)).toEqual({ heat, 'a/b': ids });
  });

  it.each([true, false])('writes the same bytes twice, compressed: %s', (compress) => {
    expect(formatNpz({ heat, ids }, compress)).toEqual(formatNpz({ heat, ids }, compress));
  });

  it('finds a changed byte of an array that is not compressed', async () => {
    const bytes = formatNpz({ heat }, false);
    bytes[bytes.indexOf(64)]! ^= 1;
    await expect(readOf(bytes)).rejects.toThrow(/x\.npz .*"heat\.npy" is damaged$/);
  });

  it('stops at the limits before it unpacks', async () => {
    const bomb = formatNpz({ heat: zeros([1000, 1000]) });
    expect(bomb.length).toBeLessThan(10_000);
    const limits = { arrays: 2, bytes: 100_000 };
    await expect(readOf(bomb, limits)).rejects.toThrow(/x\.npz .*unpack to 4000128 bytes, more than 100000/);
    await expect(readOf(formatNpz({ a: ids, b: ids, c: ids }), limits)).rejects.toThrow(
      /x\.npz .*3 entries, more than 2/,
    );
  });

  it('refuses a size that deflate cannot reach', async () => {
    const bytes = formatNpz({ heat: zeros([1000]) });
    const { view, at } = directoryOf(bytes);
    view.setUint32(at + 24, 2 ** 30, true);
    await expect(readOf(bytes)).rejects.toThrow(/x\.npz .*claims to hold 1073741824 bytes in \d+$/);
  });

  it.each([200, 4200])('refuses an array that has not the %i bytes that are promised', async (promised) => {
    const bytes = formatNpz({ heat: zeros([1000]) });
    const { view, at } = directoryOf(bytes);
    view.setUint32(at + 24, promised, true);
    await expect(readOf(bytes)).rejects.toThrow(/x\.npz .*"heat\.npy" is (longer than stated|damaged)$/);
  });

  it('refuses an array whose bytes are not those of its checksum', async () => {
    const bytes = zipSync({ 'heat.npy': [formatNpy(heat), { level: 0 }] });
    bytes[Buffer.from(bytes).indexOf(Buffer.from(heat.data.buffer)) + 2]! ^= 1;
    await expect(readOf(bytes)).rejects.toThrow(/x\.npz .*"heat\.npy" is damaged$/);
  });

  it.each([
    ['an empty file', new Uint8Array(0), /no \.npz file/],
    ['a .npy file', formatNpy(heat), /no \.npz file/],
    ['a cut-off file', formatNpz({ heat }).slice(0, -30), /no \.npz file/],
    ['a file of something else', zipSync({ 'run.sh': Uint8Array.of(1) }), /holds "run\.sh"/],
    ['an array that is none', zipSync({ 'x.npy': Uint8Array.of(1) }), /its x\.npy is no \.npy file/],
  ])('refuses %s', async (_, bytes, message) => {
    await expect(readOf(bytes)).rejects.toThrow(message);
  });

  it.skipIf(!sharedIsThere)('reads a file that numpy wrote', async () => {
    const arrays = await readNpz(sharedPath('golden', 'metrics', 'mprt_random_weights.npz'));
    expect(Object.keys(arrays).length).toBeGreaterThan(1);
    for (const { data } of Object.values(arrays)) expect(data).toBeInstanceOf(Float32Array);
  });

  it('gives what was written or an error, whichever bit of the file has turned', async () => {
    const whole = formatNpz({ heat });
    const path = join(await temporaryTree(), 'x.npz');
    for (const [at, byte] of whole.entries()) {
      await writeFile(path, whole.with(at, byte ^ (1 << (at % 8))));
      const read = await readNpz(path).catch((error: unknown) => error);
      if (read instanceof SightlineError) expect(read.kind).toBe('input');
      else expect(read).toEqual({ heat });
    }
  });
});
