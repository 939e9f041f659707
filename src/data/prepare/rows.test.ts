import { writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { quietly } from '../../base/run.js';
import { tensor } from '../../tensor/tensor.js';
import { archiveOf, pictureFolder, request } from '../../testing/pictures-to-prepare.js';
import type { ImageRecord } from '../record.js';
import type { Decode } from './pictures/source.js';
import { prepare } from './prepare.js';

const { inFolder, record, grey } = pictureFolder();

describe('a prepared set', () => {
  it('counts images whose black and white are values of their own', async () => {
    const of =
      (low: number, high: number): Decode =>
      async () => ({
        pixels: tensor(new Float32Array(64).fill(0.5), [8, 8]),
        stretched: { low, high },
      });
    await writeFile(inFolder('one.dcm'), new Uint8Array(200));
    await grey('eight', 8, 8, () => 90);
    const deep = ['u', 'v'].map((id) => record(id, { path: inFolder('one.dcm') }));
    const counts = async (name: string, records: ImageRecord[], decode: Decode) =>
      (await prepare(archiveOf(records), { ...request, decode }, inFolder(name), quietly)).counts[
        'images whose black and white are values of their own'
      ];
    let calls = 0;
    expect(await counts('alike', deep, of(0, 4095))).toBeUndefined();
    expect(await counts('apart', deep, (...given) => of(0, ++calls)(...given))).toBe(2);
    expect(await counts('mixed', [...deep, record('eight')], of(0, 4095))).toBe(2);
  });

  it('counts images that are shown by the first of several windows', async () => {
    await writeFile(inFolder('windows.dcm'), new Uint8Array(200));
    const shown = ['u', 'v'].map((id) => record(id, { path: inFolder('windows.dcm') }));
    const count = async (windows: number) => {
      const pixels = tensor(new Float32Array(64).fill(0.5), [8, 8]);
      const decode: Decode = async () => ({ pixels, windows, stretched: { low: 0, high: 80 } });
      const of = { ...request, decode };
      return (await prepare(archiveOf(shown), of, inFolder(`windows-${windows}`), quietly)).counts[
        'images shown by the first of their windows'
      ];
    };
    expect([await count(1), await count(2)]).toEqual([undefined, 2]);
  });
});
