import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync, strToU8, type Zippable, zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { quietly } from '../../base/run.js';
import { temporaryTree } from '../../testing/tree.js';
import { exists } from '../formats/files.js';
import { untar } from './tar.js';
import { unzip } from './zip.js';

const text = strToU8;
const limits = { entries: 1000, bytes: 10_000_000 };

async function unpackZip(bytes: Uint8Array, strip = 0, given = limits) {
  const root = await temporaryTree({ 'outer/a.zip': bytes });
  const target = join(root, 'outer', 'in');
  return { root, target, result: unzip(join(root, 'outer', 'a.zip'), target, strip, quietly, given) };
}

function header(name: string, size: number, type = '0'): Buffer {
  const block = Buffer.alloc(512);
  block.write(name, 0, 100);
  block.write(size.toString(8).padStart(11, '0'), 124);
  block.write('        ', 148);
  block.write(type, 156);
  block.write('ustar\x0000', 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}
const padded = (content: string) =>
  Buffer.concat([Buffer.from(content), Buffer.alloc((512 - (content.length % 512)) % 512)]);
const file = (name: string, content: string, type?: string) =>
  Buffer.concat([header(name, content.length, type), padded(content)]);

async function unpackGzip(bytes: Uint8Array, strip = 0, given = limits) {
  const root = await temporaryTree({ 'a.tar.gz': bytes });
  const target = join(root, 'in');
  return { root, target, result: untar(join(root, 'a.tar.gz'), target, strip, quietly, given) };
}

const unpackTar = (parts: Buffer[], strip = 0, given = limits) =>
  unpackGzip(gzipSync(Buffer.concat([...parts, Buffer.alloc(1024)])), strip, given);

describe('ZIP archives', () => {
  it('unpacks stored, deflated and empty files without the first folder', async () => {
    const tree: Zippable = {
      'top/a.txt': text('hello '.repeat(1000)),
      'top/deep/b.bin': [new Uint8Array(70000).fill(7), { level: 0 }],
      'top/empty.txt': new Uint8Array(0),
      'top/folder/': new Uint8Array(0),
    };
    const { target, result } = await unpackZip(zipSync(tree), 1);
    expect(await result).toBe(3);
    expect(await readFile(join(target, 'a.txt'), 'utf8')).toBe('hello '.repeat(1000));
    expect((await readFile(join(target, 'deep/b.bin'))).equals(Buffer.alloc(70000, 7))).toBe(true);
    expect(await readFile(join(target, 'empty.txt'), 'utf8')).toBe('');
  });

  it.each(['../evil.txt', '/evil.txt', 'a/../../evil.txt', 'C:/evil.txt', '..\\evil.txt'])(
    'refuses the name %s',
    async (name) => {
      const { root, target, result } = await unpackZip(
        zipSync({ 'fine.txt': text('x'), [name]: text('evil') }),
      );
      await expect(result).rejects.toThrow('leads out of its folder');
      expect(await exists(join(root, 'evil.txt'))).toBe(false);
      expect(await exists(join(root, 'outer', 'evil.txt'))).toBe(false);
      expect(await exists(join(target, 'fine.txt'))).toBe(false);
    },
  );

  it('refuses links', async () => {
    const zip = zipSync({ link: [text('/etc/passwd'), { os: 3, attrs: 0o120777 << 16 }] });
    await expect((await unpackZip(zip)).result).rejects.toThrow('links are refused');
  });

  it('refuses a bomb before writing a byte', async () => {
    const zip = zipSync({ 'zeros.bin': new Uint8Array(20_000_000) });
    expect(zip.length).toBeLessThan(100_000);
    const { target, result } = await unpackZip(zip);
    await expect(result).rejects.toThrow('would unpack to 20000000 bytes, more than 10000000');
    expect(await exists(target)).toBe(false);
  });

  it('stops at an entry that is longer than its directory states', async () => {
    const zip = zipSync({ 'zeros.bin': new Uint8Array(5_000_000) });
    const at = Buffer.from(zip).lastIndexOf('PK\x01\x02');
    new DataView(zip.buffer).setUint32(at + 24, 1000, true);
    const { target, result } = await unpackZip(zip);
    await expect(result).rejects.toThrow('is longer than stated');
    expect(await exists(join(target, 'zeros.bin'))).toBe(false);
  });

  it('refuses a file that has the name of a folder', async () => {
    const zip = zipSync({ 'a/b.txt': text('content'), c: text('content') });
    const [from, to] = [Buffer.from('c'), Buffer.from('a')];
    const same = Buffer.from(zip);
    for (let at = same.indexOf('PK'); at >= 0; at = same.indexOf('PK', at + 1)) {
      const name = at + (same.readUInt16LE(at + 2) === 0x0403 ? 30 : 46);
      if (same.subarray(name, name + 1).equals(from)) to.copy(same, name);
    }
    await expect((await unpackZip(same)).result).rejects.toThrow(/a can't be written: it is a folder$/);
  });

  it('refuses damage, too many entries and what is no archive', async () => {
    const zip = zipSync({ 'a.txt': [text('content'), { level: 0 }] });
    const damaged = Uint8Array.from(zip);
    damaged[Buffer.from(zip).indexOf('content')]! ^= 1;
    await expect((await unpackZip(damaged)).result).rejects.toThrow('"a.txt" is damaged');
    const many = zipSync(Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`${i}`, text('x')])));
    await expect((await unpackZip(many, 0, { ...limits, entries: 19 })).result).rejects.toThrow(
      '20 entries, more than 19',
    );
    await expect((await unpackZip(text('<html>not found</html>'))).result).rejects.toThrow(
      'it has no directory',
    );
    await expect((await unpackZip(zip.slice(5))).result).rejects.toThrow('the ZIP archive is malformed');
  });

  it('refuses encryption, overlap, an unknown compression and bytes after its end', async () => {
    const changed = (change: (view: DataView, entry: number) => void) => {
      const zip = zipSync({ 'a.txt': text('first'), 'b.txt': text('second') });
      change(new DataView(zip.buffer), Buffer.from(zip).lastIndexOf('PK\x01\x02'));
      return zip;
    };
    const cases: [Uint8Array, string][] = [
      [changed((view, entry) => view.setUint16(entry + 8, 1, true)), 'the archive is encrypted'],
      [changed((view, entry) => view.setUint16(entry + 8, 0x40, true)), 'the archive is encrypted'],
      [
        changed((view, entry) => view.setUint32(entry + 42, 3, true)),
        'the ZIP archive is malformed: its entries overlap',
      ],
      [
        changed((view, entry) => view.setUint32(entry + 20, 1000, true)),
        'the ZIP archive is malformed: its entries overlap',
      ],
      [
        changed((view, entry) => view.setUint16(entry + 10, 12, true)),
        'the ZIP archive is malformed: compression method 12 is unknown',
      ],
      [
        changed((view) => view.setUint32(0, 0, true)),
        'the ZIP archive is malformed: entry "a.txt" is missing',
      ],
      [
        changed((view, entry) => view.setUint8(entry + 46, 'c'.charCodeAt(0))),
        'the ZIP archive is malformed: entry "c.txt" has another name inside',
      ],
      [
        changed((view, entry) => view.setUint32(entry, 0, true)),
        'the ZIP archive is malformed: its directory is damaged',
      ],
      [
        Buffer.concat([changed(() => undefined), Buffer.from('</html>')]),
        'the ZIP archive is malformed: its end is not that of the file',
      ],
    ];
    for (const [zip, message] of cases) {
      await expect((await unpackZip(zip)).result).rejects.toThrow(
        expect.objectContaining({ kind: 'input', message }),
      );
    }
  });

  it('refuses a 64-bit directory that lies beyond every file', async () => {
    const locator = Buffer.alloc(20);
    locator.writeUInt32LE(0x07064b50, 0);
    const end = Buffer.alloc(22);
    end.writeUInt32LE(0x06054b50, 0);
    for (const at of [0xffffffffffffffffn, 5000n]) {
      locator.writeBigUInt64LE(at, 8);
      const { result } = await unpackZip(Buffer.concat([locator, end]));
      await expect(result).rejects.toThrow('the ZIP archive is malformed: it is cut short');
    }
  });

  it('meets mutated archives with an error of its own or a result, never another', async () => {
    const zip = zipSync({ 'a/b.txt': text('content '.repeat(40)), c: [text('stored'), { level: 0 }] });
    const root = await temporaryTree();
    let seed = 1;
    const below = (bound: number) => {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 1;
      return seed % bound;
    };
    for (let trial = 0; trial < 300; trial++) {
      const mutated = Uint8Array.from(zip).slice(0, below(4) === 0 ? below(zip.length) : zip.length);
      for (let k = 0; k < 1 + (trial % 6); k++) mutated[below(Math.max(1, mutated.length))] = below(256);
      const path = join(root, 'm.zip');
      await writeFile(path, mutated);
      const outcome = await unzip(path, join(root, 'out'), 0, quietly, limits).catch(
        (error: unknown) => error,
      );
      const known =
        typeof outcome === 'number' ||
        (outcome instanceof Error && ('kind' in outcome || 'syscall' in outcome));
      expect(known, `trial ${trial}: ${String(outcome)}`).toBe(true);
    }
  });
});

describe('tar archives', () => {
  it('unpacks files, folders and long names', async () => {
    const long = `${'d/'.repeat(80)}x.txt`;
    const { target, result } = await unpackTar(
      [
        file('top/', '', '5'),
        file('top/a.pgm', 'P5 picture'),
        file('././@LongLink', `top/${long}\0`, 'L'),
        file('top/cut', 'long one'),
        file('top/empty', ''),
      ],
      1,
    );
    expect(await result).toBe(3);
    expect(await readFile(join(target, 'a.pgm'), 'utf8')).toBe('P5 picture');
    expect(await readFile(join(target, long), 'utf8')).toBe('long one');
  });

  it('refuses names that lead out, links, damage, too much and too many', async () => {
    await expect((await unpackTar([file('../evil', 'x')])).result).rejects.toThrow('leads out of its folder');
    await expect((await unpackTar([file('l', '', '2')])).result).rejects.toThrow('a link or device');
    const damaged = file('a', 'x');
    damaged[0] = 66;
    await expect((await unpackTar([damaged])).result).rejects.toThrow('a header is damaged');
    const big = file('big', 'y'.repeat(200_000));
    await expect((await unpackTar([big], 0, { ...limits, bytes: 50_000 })).result).rejects.toThrow(
      'unpacks to more than 50000 bytes',
    );
    const some = [file('a', 'x'), file('b', 'x')];
    await expect((await unpackTar(some, 0, { ...limits, entries: 1 })).result).rejects.toThrow(
      'more than 1 entries',
    );
    await expect((await unpackTar([header('cut', 5000)])).result).rejects.toThrow('it is cut short');
  });

  it('reads pax names, V7 headers and contents of many pieces', async () => {
    const path = `${'d/'.repeat(80)}x.txt`;
    const record = ` path=${path}\n`;
    const old = file('old.txt', 'of 1979');
    old.fill(0, 257, 263);
    old.write('        ', 148);
    const sum = old.subarray(0, 512).reduce((total, byte) => total + byte, 0);
    old.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    const big = 'line of text\n'.repeat(300_000);
    const { target, result } = await unpackTar([
      file('pax', `${record.length + 3}${record}`, 'x'),
      file('short', 'long name'),
      old,
      file('big.txt', big),
    ]);
    expect(await result).toBe(3);
    expect(await readFile(join(target, path), 'utf8')).toBe('long name');
    expect(await readFile(join(target, 'old.txt'), 'utf8')).toBe('of 1979');
    expect(await readFile(join(target, 'big.txt'), 'utf8')).toBe(big);
  });

  it('refuses what is cut short anywhere, and leaves no half file', async () => {
    const whole = Buffer.concat([file('a', 'x'.repeat(600)), file('b', 'y'.repeat(600)), Buffer.alloc(1024)]);
    for (const length of [0, 100, 512, 1000, 1112, 1536, 2048, 2900, 3072]) {
      const { target, result } = await unpackGzip(gzipSync(whole.subarray(0, length)));
      await expect(result, `${length} bytes`).rejects.toThrow(
        'the tar archive is malformed: it is cut short',
      );
      expect(await exists(join(target, 'b'))).toBe(length >= 2648);
      expect(await exists(join(target, 'b.part'))).toBe(false);
    }
    const zipped = gzipSync(whole);
    await expect((await unpackGzip(zipped.subarray(0, zipped.length - 20))).result).rejects.toThrow(
      'the tar archive is malformed: it is cut short',
    );
  });

  it('says in its own words what is no archive', async () => {
    const cases: [Uint8Array, string][] = [
      [text('<html>not found</html>'), 'it is not gzipped'],
      [gzipSync(text('<html>not found</html>'.repeat(50))), 'a header is damaged'],
      [gzipSync(Buffer.concat([header('L', 5_000_000, 'L'), Buffer.alloc(512)])), 'a name is too long'],
    ];
    for (const [bytes, message] of cases) {
      const { result } = await unpackGzip(bytes);
      await expect(result).rejects.toThrow(
        expect.objectContaining({ kind: 'input', message: `the tar archive is malformed: ${message}` }),
      );
    }
  });

  it('meets mutated archives with an error of its own or a result, never another', async () => {
    const tar = Buffer.concat([
      file('a/', '', '5'),
      file('././@LongLink', `${'n'.repeat(120)}\0`, 'L'),
      file('cut', 'content '.repeat(100)),
      file('c', ''),
      Buffer.alloc(1024),
    ]);
    const root = await temporaryTree();
    let seed = 1;
    const below = (bound: number) => {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 1;
      return seed % bound;
    };
    for (let trial = 0; trial < 300; trial++) {
      const mutated = Buffer.from(tar).subarray(
        0,
        below(4) === 0 ? 512 + below(tar.length - 512) : tar.length,
      );
      for (let k = 0; k < 1 + (trial % 3); k++) mutated[below(mutated.length)] = below(256);
      if (trial % 2) {
        // A header that says its own sum is read on.
        mutated.write('        ', 148);
        const sum = mutated.subarray(0, 512).reduce((total, byte) => total + byte, 0);
        mutated.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
      }
      const path = join(root, 'm.tar.gz');
      await writeFile(path, gzipSync(mutated));
      const outcome = await untar(path, join(root, 'out'), 0, quietly, limits).catch(
        (error: unknown) => error,
      );
      const known =
        typeof outcome === 'number' ||
        (outcome instanceof Error && ('kind' in outcome || 'syscall' in outcome));
      expect(known, `trial ${trial}: ${String(outcome)}`).toBe(true);
    }
  });
});
