import { describe, expect, test } from 'vitest';
import { fragments, imageElements, type MadeElement, madeDicom } from '../../../../testing/dicom.js';
import { decodeDicom } from '../decode.js';

const rle = '1.2.840.10008.1.2.5';

/** An RLE frame of 1 x 4 samples that are all `value`. */
function frame(value: number): Buffer {
  const out = Buffer.alloc(66);
  out.writeUInt32LE(1, 0);
  out.writeUInt32LE(64, 4);
  out.set([253, value], 64);
  return out;
}

const offsets = (...values: number[]) => Buffer.from(Uint32Array.from(values).buffer);
const elements = (count: number, more: readonly MadeElement[] = []) => [
  ...imageElements(1, 4, {}, [['00280008', 'IS', String(count)]]),
  ...more,
];

async function firsts(bytes: Uint8Array, count: number): Promise<number[]> {
  const values: number[] = [];
  for (let k = 0; k < count; k++) {
    values.push((await decodeDicom(bytes, 'a.dcm', { frame: k, raw: true })).pixels.data[0]!);
  }
  return values;
}

const [one, two] = [frame(11), frame(22)];

describe('frames in fragments', () => {
  test('are one fragment each where there are as many', async () => {
    const bytes = Buffer.concat([madeDicom(elements(2), rle), fragments(Buffer.alloc(0), one, two)]);
    expect(await firsts(bytes, 2)).toEqual([11, 22]);
  });

  test('are put together by the basic offset table', async () => {
    const pieces = [one.subarray(0, 10), one.subarray(10), two.subarray(0, 64), two.subarray(64)];
    const table = offsets(0, 10 + 8 + 56 + 8);
    const bytes = Buffer.concat([madeDicom(elements(2), rle), fragments(table, ...pieces)]);
    expect(await firsts(bytes, 2)).toEqual([11, 22]);
  });

  test('are put together by the extended offset table', async () => {
    const table = Buffer.from(BigUint64Array.of(0n, 82n).buffer);
    const pieces = [one.subarray(0, 10), one.subarray(10), two.subarray(0, 64), two.subarray(64)];
    const bytes = Buffer.concat([
      madeDicom(elements(2, [['7fe00001', 'OV', table]]), rle),
      fragments(Buffer.alloc(0), ...pieces),
    ]);
    expect(await firsts(bytes, 2)).toEqual([11, 22]);
  });

  test('of one frame are all its own', async () => {
    const bytes = Buffer.concat([
      madeDicom(elements(1), rle),
      fragments(Buffer.alloc(0), one.subarray(0, 20), one.subarray(20)),
    ]);
    expect(await firsts(bytes, 1)).toEqual([11]);
  });

  test('are read in spite of an offset table that is wrong', async () => {
    const bytes = Buffer.concat([madeDicom(elements(2), rle), fragments(offsets(0, 7), one, two)]);
    expect(await firsts(bytes, 2)).toEqual([11, 22]);
  });

  test('that are missing or cannot be told apart are refused', async () => {
    const few = Buffer.concat([madeDicom(elements(3), rle), fragments(Buffer.alloc(0), one, two)]);
    await expect(firsts(few, 3)).rejects.toThrow('a.dcm: it declares 3 frames and holds 2');
    const pieces = [one.subarray(0, 10), one.subarray(10), two];
    const unclear = Buffer.concat([madeDicom(elements(2), rle), fragments(Buffer.alloc(0), ...pieces)]);
    await expect(firsts(unclear, 2)).rejects.toThrow('its 3 fragments cannot be told apart into 2 frames');
  });
});
