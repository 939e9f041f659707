import { mkdtemp, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gzipSync, strToU8, zipSync } from 'fflate';
import { SightlineError } from '../../base/errors.js';
import { quietly } from '../../base/run.js';
import { untar } from '../../data/fetch/tar.js';
import { unzip } from '../../data/fetch/zip.js';
import { formatNpy, readNpy } from '../../tensor/npy.js';
import { readNpyRows } from '../../tensor/npy-rows.js';
import { formatNpz, readNpz } from '../../tensor/npz.js';
import { tensor } from '../../tensor/tensor.js';
import type { FuzzKind } from './kind.js';

const heat = tensor(
  Float32Array.from({ length: 12 }, (_, i) => i / 7),
  [3, 4],
);
const ids = tensor(BigInt64Array.of(1n, 2n), [2]);

export const npy: FuzzKind = {
  name: 'npy',
  file: 'x.npy',
  seeds: async () => [formatNpy(heat), formatNpy(ids), formatNpy(tensor(Uint8Array.of(1), []))],
  dictionary: [
    "'shape': (",
    '99999999999',
    "'descr': '<f8'",
    "'fortran_order': True",
    '(0, 7)',
    ',',
    '|b1',
    '>i2',
  ],
  async read(path) {
    const rows: unknown = await readNpyRows(path, 0, 1).catch((error: unknown) => error);
    if (rows instanceof Error && !(rows instanceof SightlineError)) throw rows;
    await readNpy(path);
  },
};

export const npz: FuzzKind = {
  name: 'npz',
  file: 'x.npz',
  seeds: async () => [
    formatNpz({ heat, ids }),
    zipSync({ 'a.npy': [formatNpy(heat), { level: 0 }], 'b/c.npy': formatNpy(ids) }),
  ],
  dictionary: ['PK\x01\x02', 'PK\x03\x04', 'PK\x05\x06', '.npy', '../', '\xff\xff\xff\xff'],
  async read(path) {
    await readNpz(path);
  },
};

const unpacking =
  (unpack: typeof unzip): FuzzKind['read'] =>
  async (path) => {
    const root = await mkdtemp(join(dirname(path), 'out-'));
    try {
      await unpack(path, root, 0, quietly, { entries: 100, bytes: 10_000_000 });
    } finally {
      await rm(root, { recursive: true, force: true });
    }
  };

export const zip: FuzzKind = {
  name: 'zip',
  file: 'archive',
  seeds: async () => [
    zipSync({ 'a/b.txt': strToU8('content '.repeat(40)), c: [strToU8('stored'), { level: 0 }] }),
  ],
  dictionary: ['PK\x01\x02', 'PK\x03\x04', 'PK\x05\x06', '../', '/', '\\', '\0', 'PK\x06\x06', 'PK\x06\x07'],
  read: unpacking(unzip),
};

function tarEntry(name: string, content: string): Buffer {
  const header = Buffer.alloc(512);
  header.write(name);
  header.write(content.length.toString(8).padStart(11, '0'), 124);
  header.write('        ', 148);
  header.write('0', 156);
  header.write('ustar\x0000', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return Buffer.concat([header, Buffer.from(content.padEnd(512, '\0'))]);
}

const plainTar = () =>
  Buffer.concat([tarEntry('a/b.txt', 'content'), tarEntry('c', 'more'), Buffer.alloc(1024)]);

export const tar: FuzzKind = {
  name: 'tar',
  file: 'archive',
  seeds: async () => [gzipSync(plainTar())],
  dictionary: ['ustar', '../', '00000000777', '\x1f\x8b'],
  /** Damage inside the gzip stream. */
  restructure(_, random) {
    const bytes = plainTar();
    for (let n = 1 + random.below(6); n > 0; n--) bytes[random.below(1536)] = random.below(256);
    return gzipSync(bytes);
  },
  read: unpacking(untar),
};
