import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { sharedIsThere, sharedPath } from '../testing/shared.js';
import { formatNpy } from './npy.js';
import { formatNpz, parseNpz, readNpz, writeNpz } from './npz.js';
import { tensor, zeros } from './tensor.js';

const heat = tensor(Float32Array.of(1, 2, 3, 4, 5, 6), [2, 3]);
const ids = tensor(BigInt64Array.of(1n, 2n), [2]);

describe('npz', () => {
  it('gives back the arrays by name', async () => {
    const path = join(await mkdtemp(join(tmpdir(), 'npz-')), 'x.npz');
    await writeNpz(path, { heat, 'a/b': ids });
    expect(await readNpz(path)).toEqual({ heat, 'a/b': ids });
  });

  it('writes the same bytes twice', () => {
    expect(formatNpz({ heat, ids })).toEqual(formatNpz({ heat, ids }));
  });

  it('stops at the limits before it unpacks', () => {
    const bomb = formatNpz({ heat: zeros([1000, 1000]) });
    expect(bomb.length).toBeLessThan(10_000);
    const limits = { arrays: 2, bytes: 100_000 };
    expect(() => parseNpz(bomb, 'bomb.npz', limits)).toThrow(
      /^bomb\.npz would unpack to more than 100000 bytes/,
    );
    expect(() => parseNpz(formatNpz({ a: ids, b: ids, c: ids }), 'x.npz', limits)).toThrow(
      /more than 2 arrays/,
    );
  });

  it('takes no more than the promised size where the promise is a lie', () => {
    const bytes = formatNpz({ heat: zeros([1000]) });
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const central = bytes.findLastIndex(
      (_, i) => i + 4 <= bytes.length && view.getUint32(i, true) === 0x02014b50,
    );
    view.setUint32(central + 24, 200, true);
    expect(() => parseNpz(bytes, 'liar.npz')).toThrow(/^liar\.npz/);
  });

  it.each([
    ['an empty file', new Uint8Array(0), /no \.npz file/],
    ['a .npy file', formatNpy(heat), /no \.npz file/],
    ['a cut-off file', formatNpz({ heat }).slice(0, -30), /no \.npz file/],
    ['a file of something else', zipSync({ 'run.sh': Uint8Array.of(1) }), /holds "run\.sh"/],
    ['an array that is none', zipSync({ 'x.npy': Uint8Array.of(1) }), /x\.npz\/x\.npy is no \.npy file/],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => parseNpz(bytes, 'x.npz')).toThrow(message);
  });

  it.skipIf(!sharedIsThere)('reads a file that numpy wrote', async () => {
    const arrays = await readNpz(sharedPath('golden', 'metrics', 'mprt_random_weights.npz'));
    expect(Object.keys(arrays).length).toBeGreaterThan(1);
    for (const { data } of Object.values(arrays)) expect(data).toBeInstanceOf(Float32Array);
  });
});
