import { mkdtemp, readFile, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sharedIsThere, sharedPath } from '../testing/shared.js';
import { formatNpy, parseNpy, readNpy, writeNpy } from './npy.js';
import { tensor } from './tensor.js';

function npy(dictionary: string, body: Uint8Array, version = 1): Uint8Array {
  const header = new TextEncoder().encode(dictionary);
  const lengths = new DataView(new ArrayBuffer(version === 1 ? 2 : 4));
  if (version === 1) lengths.setUint16(0, header.length, true);
  else lengths.setUint32(0, header.length, true);
  return Uint8Array.from([
    ...[0x93, ...new TextEncoder().encode('NUMPY'), version, 0],
    ...new Uint8Array(lengths.buffer),
    ...header,
    ...body,
  ]);
}
const dictionary = (descr: string, shape: string, fortran = false) =>
  `{'descr': '${descr}', 'fortran_order': ${fortran ? 'True' : 'False'}, 'shape': ${shape}, }\n`;
const folder = () => mkdtemp(join(tmpdir(), 'npy-'));

describe('npy', () => {
  it('reads half precision as float32, in both byte orders', () => {
    const bits = Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x7bff, 0x7c00, 0x3555);
    const values = [1, -2, 2 ** -24, 65504, Infinity, 0.333251953125];
    const body = new Uint8Array(bits.buffer);
    const swapped = body.map((_, i) => body[i ^ 1]!);
    for (const [descr, bytes] of [
      ['<f2', body],
      ['>f2', swapped],
    ] as const) {
      const { data, shape } = parseNpy(npy(dictionary(descr, '(2, 3)'), bytes), 'a.npy');
      expect([data.constructor, [...data], shape]).toEqual([Float32Array, values, [2, 3]]);
    }
  });

  it.each([
    Float32Array.of(1.5, -2, Number.NaN, Infinity, 0, -0),
    Float64Array.of(1e-300, -2, 3, 4, 5, 6),
    Int8Array.of(-128, 127, 0, 1, 2, 3),
    Uint8Array.of(255, 0, 1, 2, 3, 4),
    Int16Array.of(-32768, 1, 2, 3, 4, 5),
    Uint16Array.of(65535, 1, 2, 3, 4, 5),
    Int32Array.of(-2147483648, 1, 2, 3, 4, 5),
    Uint32Array.of(4294967295, 1, 2, 3, 4, 5),
    BigInt64Array.of(-9223372036854775808n, 1n, 2n, 3n, 4n, 5n),
    BigUint64Array.of(18446744073709551615n, 1n, 2n, 3n, 4n, 5n),
  ])('gives back what was written: %o', async (data) => {
    const path = join(await folder(), 'x.npy');
    for (const shape of [[6], [2, 3], [1, 3, 2, 1]]) {
      await writeNpy(path, tensor(data, shape));
      expect(await readNpy(path)).toEqual({ data, shape });
    }
  });

  it('gives back a single number and an array without numbers', () => {
    expect(parseNpy(formatNpy(tensor(Float32Array.of(7), [])), 'x').shape).toEqual([]);
    const nothing = parseNpy(formatNpy(tensor(new Float32Array(0), [0, 3])), 'x');
    expect([nothing.shape, nothing.data.length]).toEqual([[0, 3], 0]);
  });

  it('aligns the numbers to 64 bytes, as the format asks', () => {
    const bytes = formatNpy(tensor(Float32Array.of(7, 8), [2]));
    expect((bytes.length - 8) % 64).toBe(0);
    expect(bytes[bytes.length - 9]).toBe(10);
  });

  it('reads bytes as it reads a file, and refuses what is neither in one line', async () => {
    const array = tensor(Float32Array.of(1, 2, 3, 4), [2, 2]);
    const bytes = formatNpy(array);
    expect(await readNpy(bytes)).toEqual(array);
    expect(await readNpy(Buffer.from(bytes))).toEqual(array);
    await expect(readNpy(Buffer.from('no array'))).rejects.toThrow(/^the \.npy file [^\n]{0,80}$/);
    for (const [given, got] of [
      [undefined, 'undefined'],
      [array, 'object'],
      [new Float64Array(2), 'an array of 16 bytes'],
    ])
      await expect(readNpy(given as never)).rejects.toThrow(`a file is given by its path; got ${got}`);
  });

  it('writes a part of a larger buffer alone', () => {
    const part = Float32Array.of(1, 2, 3, 4).subarray(1, 3);
    expect([...parseNpy(formatNpy(tensor(part, [2])), 'x').data]).toEqual([2, 3]);
  });

  it.each([1, 2, 3])('reads version %i, big-endian, with keys in another order', (version) => {
    const text = `{'shape': (2,), "fortran_order": False, 'descr': '>i2'}`;
    expect([...parseNpy(npy(text, Uint8Array.of(1, 2, 255, 254), version), 'x').data]).toEqual([258, -2]);
  });

  it('reads column-major arrays into row-major order', () => {
    const body = Uint8Array.from({ length: 24 }, (_, i) => i);
    const { data, shape } = parseNpy(npy(dictionary('|u1', '(2, 3, 4)', true), body), 'x');
    expect(shape).toEqual([2, 3, 4]);
    for (let i = 0; i < 2; i++)
      for (let j = 0; j < 3; j++)
        for (let k = 0; k < 4; k++) expect(data[(i * 3 + j) * 4 + k]).toBe(i + 2 * j + 6 * k);
  });

  it('reads truth values as 0 and 1', () => {
    expect([...parseNpy(npy(dictionary('|b1', '(3,)'), Uint8Array.of(0, 1, 9)), 'x').data]).toEqual([
      0, 1, 1,
    ]);
  });

  it.each([
    ['an empty file', new Uint8Array(0), /no \.npy file/],
    ['another file', new TextEncoder().encode('{"a": [1, 2, 3]}'), /no \.npy file/],
    ['a later version', npy('{}', new Uint8Array(0), 4), /version 4; versions 1, 2 and 3/],
    [
      'a header cut off',
      npy(dictionary('<f4', '(2,)'), new Uint8Array(8)).slice(0, 30),
      /ends within the header/,
    ],
    [
      'a giant header',
      Uint8Array.of(0x93, 78, 85, 77, 80, 89, 2, 0, 255, 255, 255, 127),
      /header of 2147483647 bytes/,
    ],
    [
      'too few numbers',
      npy(dictionary('<f4', '(2,)'), new Uint8Array(7)),
      /2 numbers of 4 bytes, but 7 bytes/,
    ],
    ['too many numbers', npy(dictionary('<f4', '(2,)'), new Uint8Array(12)), /but 12 bytes/],
    [
      'more numbers than there can be',
      npy(dictionary('<f4', '(99999999999, 99999999999)'), new Uint8Array(4)),
      /promises/,
    ],
    [
      'a number too long for a length',
      npy(dictionary('<f4', '(9999999999999999999999,)'), new Uint8Array(4)),
      /shape has the length/,
    ],
    ['a negative length', npy(dictionary('<f4', '(-1,)'), new Uint8Array(4)), /can't be read at/],
    [
      'too many axes',
      npy(dictionary('<f4', `(${'1,'.repeat(33)})`), new Uint8Array(4)),
      /33 axes; at most 32/,
    ],
    ['objects', npy(dictionary('|O', '(1,)'), new Uint8Array(8)), /type '\|O'; read are f4/],
    ['complex numbers', npy(dictionary('<c8', '(1,)'), new Uint8Array(8)), /type '<c8'/],
    [
      'a record',
      npy(`{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}`, new Uint8Array(4)),
      /can't be read at/,
    ],
    ['a missing key', npy(`{'descr': '<f4', 'shape': (1,)}`, new Uint8Array(4)), /fortran_order is neither/],
    [
      'a key said twice',
      npy(`{'descr': '<f4', 'descr': '<f8', 'fortran_order': False, 'shape': (1,)}`, new Uint8Array(4)),
      /descr twice/,
    ],
    ['code', npy(`__import__('os')`, new Uint8Array(4)), /not one Python dictionary/],
  ])('refuses %s with the name of the file', (_, bytes, message) => {
    expect(() => parseNpy(bytes, 'heat.npy')).toThrow(message);
    expect(() => parseNpy(bytes, 'heat.npy')).toThrow(/^heat\.npy /);
  });

  it('names a missing file, a folder and a truncated file', async () => {
    const path = join(await folder(), 'x.npy');
    await expect(readNpy(path)).rejects.toThrow(`${path} can't be read: there is no such file`);
    await expect(readNpy(tmpdir())).rejects.toThrow(/can't be read/);
    await writeNpy(path, tensor(Float32Array.of(1, 2), [2]));
    await truncate(path, (await readFile(path)).length - 1);
    await expect(readNpy(path)).rejects.toThrow(/but 7 bytes follow/);
    await writeFile(path, '');
    await expect(readNpy(path)).rejects.toThrow(/no \.npy file/);
  });

  it.skipIf(!sharedIsThere)('reads files that numpy wrote', async () => {
    const masks = await readNpy(sharedPath('golden', 'metrics', 'masks.npy'));
    expect(masks.shape.slice(-2)).toEqual([64, 64]);
    expect(new Set(masks.data as Iterable<number>)).toEqual(new Set([0, 1]));
  });
});
