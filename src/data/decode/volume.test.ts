import { mkdtempSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { imageElements, type MadeElement, madeDicom } from '../../testing/dicom.js';
import { decodeVolume, type VolumeOptions } from './volume.js';

interface Made {
  readonly dims?: readonly number[];
  readonly type?: number;
  readonly offset?: number;
  readonly slope?: number;
  readonly little?: boolean;
  readonly second?: boolean;
  readonly range?: readonly [number, number];
  readonly values?: readonly number[];
}

/** A NIfTI file of 16-bit integers, of the first or the second kind of header. */
function nifti({
  dims = [2, 3, 2],
  type = 4,
  offset,
  slope = 0,
  little = true,
  second = false,
  range,
  values = [],
}: Made) {
  const from = offset ?? (second ? 544 : 352);
  const bytes = new DataView(new ArrayBuffer(Math.max(544, from) + 2 * values.length));
  const put = {
    short: (at: number, value: number) => bytes.setInt16(at, value, little),
    int: (at: number, value: number) => bytes.setInt32(at, value, little),
    long: (at: number, value: number) => bytes.setBigInt64(at, BigInt(value), little),
    float: (at: number, value: number) => bytes.setFloat32(at, value, little),
    double: (at: number, value: number) => bytes.setFloat64(at, value, little),
  };
  put.int(0, second ? 540 : 348);
  for (const [i, byte] of [...Buffer.from(second ? 'n+2\0\r\n\x1a\n' : 'n+1\0', 'latin1')].entries())
    bytes.setUint8((second ? 4 : 344) + i, byte);
  if (second) {
    put.short(12, type);
    for (const [i, length] of [dims.length, ...dims].entries()) put.long(16 + 8 * i, length);
    put.long(168, from);
    put.double(176, slope);
    put.double(184, 1);
    if (range) for (const [i, end] of [range[1], range[0]].entries()) put.double(192 + 8 * i, end);
  } else {
    for (const [i, length] of [dims.length, ...dims].entries()) put.short(40 + 2 * i, length);
    put.short(70, type);
    put.float(108, from);
    put.float(112, slope);
    put.float(116, 1);
    if (range) for (const [i, end] of [range[1], range[0]].entries()) put.float(124 + 4 * i, end);
  }
  for (const [i, value] of values.entries()) put.short(from + 2 * i, value);
  return Buffer.from(bytes.buffer);
}

const folder = mkdtempSync(join(tmpdir(), 'sightline-volumes-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function decoded(bytes: Uint8Array, options?: VolumeOptions) {
  const path = join(folder, 'scan');
  await writeFile(path, bytes);
  return decodeVolume(path, options);
}

const values = Array.from({ length: 12 }, (_, i) => 10 * i - 20);
const unit = values.map((value) => (value + 20) / 110);

describe('NIfTI volumes', () => {
  it.each([
    ['NIfTI-1', {}],
    ['NIfTI-1, big endian', { little: false }],
    ['NIfTI-2', { second: true }],
    ['NIfTI-2, big endian', { second: true, little: false }],
    ['scaled', { slope: 2 }],
  ])('%s is read with its axes z, y, x, from its least to its greatest value', async (_, made) => {
    for (const bytes of [nifti({ ...made, values }), gzipSync(nifti({ ...made, values }))]) {
      const { data, shape } = await decoded(bytes);
      expect(shape).toEqual([2, 3, 2]);
      for (const [i, value] of data.entries()) expect(value).toBeCloseTo(unit[i]!, 6);
    }
  });

  it('the range of the header is black and white, beyond it is cut', async () => {
    const { data } = await decoded(nifti({ values, range: [0, 50] }));
    expect([...data].map((value) => Math.round(value * 10))).toEqual([
      0, 0, 0, 2, 4, 6, 8, 10, 10, 10, 10, 10,
    ]);
  });

  it.each([
    ['their least and greatest value', {}, { low: -20, high: 90 }],
    ['the range of the header', { range: [0, 50] }, { low: 0, high: 50 }],
  ] as const)('tell which values become 0 and 1: %s', async (_, made, range) => {
    const told: unknown[] = [];
    await decoded(nifti({ values, ...made }), { onRange: (one) => told.push(one) });
    expect(told).toEqual([range]);
  });

  it('with voxels that are no number tell it, which are black', async () => {
    const floats = (...voxels: number[]) => {
      const bytes = nifti({ dims: [4, 1, 1], type: 16, values: Array<number>(8).fill(0) });
      for (const [i, voxel] of voxels.entries()) bytes.writeFloatLE(voxel, 352 + 4 * i);
      return bytes;
    };
    const told: string[] = [];
    const { data } = await decoded(floats(1, Number.NaN, 3, Number.POSITIVE_INFINITY), {
      onDoubt: (doubt) => told.push(doubt),
    });
    expect([...data]).toEqual([0, 0, 1, 0]);
    expect(told).toEqual([expect.stringMatching(/^2 of its 4 values are not a number, infinite/)]);
    await decoded(floats(1, 2, 3, 4), { onDoubt: (doubt) => told.push(doubt) });
    expect(told).toHaveLength(1);
  });

  it('axes turn to x, y, z as in nibabel', async () => {
    const { data, shape } = await decoded(nifti({ dims: [3, 2, 2, 1], values }), { axes: 'xyz' });
    expect(shape).toEqual([3, 2, 2]);
    const places = [0, 6, 3, 9, 1, 7, 4, 10, 2, 8, 5, 11];
    for (const [i, place] of places.entries()) expect(data[i]).toBeCloseTo(unit[place]!, 6);
  });

  it.each([
    ['more voxels than the file has', { dims: [20, 30, 40], values }, /claims \d+ bytes .* it has/],
    ['more voxels than the limit', { dims: [30000, 30000, 30000] }, /over the limit of/],
    ['negative lengths', { dims: [-4, 3, 2] }, /claims \[2,3,-4\] voxels/],
    ['four axes', { dims: [2, 3, 2, 5] }, /axes \[2,3,2,5\]; a volume has three/],
    ['a number of axes that is none', { dims: Array(9).fill(1) }, /a volume has three/],
    ['colour', { type: 128 }, /of type 128/],
    ['voxels behind the end of all files', { offset: 1e9 }, /begin at byte 1000000000/],
  ] as const)('%s are refused in one line', async (_, made, wanted) => {
    const { offset, ...rest } = made as Made;
    const bytes = nifti({ ...rest });
    if (offset !== undefined) bytes.writeFloatLE(offset, 108);
    await expect(decoded(bytes)).rejects.toThrow(wanted);
  });

  it('extensions of impossible sizes are not followed', async () => {
    const bytes = nifti({ values, offset: 544 });
    bytes[348] = 1;
    bytes.writeInt32LE(-16, 352);
    expect((await decoded(bytes)).shape).toEqual([2, 3, 2]);
  });

  it('a gzip bomb inflates no further than the header claims', async () => {
    const bomb = gzipSync(Buffer.concat([nifti({ values }), Buffer.alloc(2 ** 24)]));
    await expect(decoded(bomb)).rejects.toThrow(/does not inflate to the 376 bytes/);
    await expect(decoded(gzipSync(nifti({ values })).subarray(0, 40))).rejects.toThrow(/scan: /);
  });
});

describe('DICOM files of several frames', () => {
  const ds = (tag: string, value: string): MadeElement => [tag, 'DS', value];
  const frames = (heights: readonly number[]): MadeElement[] => [
    ['52009229', 'SQ', [[['00209116', 'SQ', [[ds('00200037', '1\\0\\0\\0\\1\\0')]]] as MadeElement]]],
    [
      '52009230',
      'SQ',
      heights.map((height) => [['00209113', 'SQ', [[ds('00200032', `0\\0\\${height}`)]]] as MadeElement]),
    ],
  ];
  const file = (more: readonly MadeElement[], pixels = Uint16Array.from(values, (v) => v + 20)) =>
    madeDicom([
      ...imageElements(2, 2, { bits: 16 }, [['00280008', 'IS', '3'], ...more.filter(([tag]) => tag < '5')]),
      ...more.filter(([tag]) => tag >= '5'),
      ['7fe00010', 'OW', new Uint8Array(pixels.buffer)],
    ]);

  it('are a volume of one scale, in the order of their positions', async () => {
    const plain = await decoded(file([]));
    expect(plain.shape).toEqual([3, 2, 2]);
    for (const [i, value] of plain.data.entries()) expect(value).toBeCloseTo(unit[i]!, 6);
    const sorted = await decoded(file(frames([5, -3, 1])));
    for (const [i, value] of sorted.data.entries()) expect(value).toBeCloseTo(unit[(i + 4) % 12]!, 6);
  });

  it('tell which values become 0 and 1, unless a window says it', async () => {
    const told: unknown[] = [];
    const onRange = (range: unknown) => told.push(range);
    await decoded(file([]), { onRange });
    await decoded(file([]), { onRange, window: { center: 50, width: 100 } });
    expect(told[0]).toEqual({ low: 0, high: 110 });
  });

  it('of colour, of one frame and of other files are refused', async () => {
    const one = madeDicom([...imageElements(1, 2), ['7fe00010', 'OB', Uint8Array.of(1, 2)]]);
    await expect(decoded(one)).rejects.toThrow('it has one frame; a volume needs several');
    await expect(decoded(Buffer.from('words'))).rejects.toThrow(/no volume: .* but a text file/);
  });
});
