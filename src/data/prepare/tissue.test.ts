import { writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { quietly } from '../../base/run.js';
import { tensor } from '../../tensor/tensor.js';
import { archiveOf, pictureFolder, request } from '../../testing/pictures-to-prepare.js';
import type { Decode } from './pictures/source.js';
import { prepare } from './prepare.js';

const { inFolder, record, grey } = pictureFolder();

describe('negative tiles', () => {
  it('leaves out and counts negative tiles without tissue, by default', async () => {
    await grey('half', 128, 64, (x) => (x < 64 ? 3 : 120));
    const made = async (name: string, tissue: object) => {
      const asked = { ...request, task: 'tiles', taskOptions: { size: 32, ...tissue } };
      return prepare(archiveOf([record('half')]), asked, inFolder(name), quietly);
    };
    const left = (await made('tissue', {})).counts;
    expect([left['no a'], left['negative tiles without tissue left out']]).toEqual([4, 4]);
    expect((await made('no-tissue', { tissue: 0 })).counts['no a']).toBe(8);
  });

  it('takes the off-white ground of a stained slide, with its noise, for no tissue', async () => {
    const [width, height] = [128, 64];
    type Rgb = readonly [number, number, number];
    const slide = (ground: Rgb, stain: Rgb) => async () => ({
      pixels: tensor(
        Float32Array.from({ length: 3 * width * height }, (_, i) => {
          const [pixel, c] = [Math.floor(i / 3), i % 3];
          const noise = ((7 * pixel) % 9) - 4;
          return ((pixel % width < 64 ? ground : stain)[c]! + noise) / 255;
        }),
        [height, width, 3],
      ),
      attributes: {},
    });
    await writeFile(inFolder('slide.dcm'), new Uint8Array(200));
    const left = async (name: string, decode: Decode) => {
      const asked = { ...request, task: 'tiles', taskOptions: { size: 32 }, decode };
      const slides = archiveOf([record('slide', { path: inFolder('slide.dcm') })]);
      return (await prepare(slides, asked, inFolder(name), quietly)).counts;
    };
    const counted = { 'no a': 4, 'negative tiles without tissue left out': 4 };
    const purple: Rgb = [190, 120, 175];
    expect(await left('slide-white', slide([243, 241, 244], purple))).toMatchObject(counted);
    expect(await left('slide-cream', slide([228, 222, 210], purple))).toMatchObject(counted);
    expect((await left('slide-grey', slide([228, 228, 228], [90, 90, 90])))['no a']).toBe(8);
  });

  it('takes the air around the body in a CT slice, with its noise, for no tissue', async () => {
    const [width, height] = [128, 64];
    const [black, white] = [-1350, 150];
    // Air to the left, a body to the right, with a lung in it.
    const hounsfield = (x: number, y: number) =>
      x < 64 ? -1000 + ((7 * x + 3 * y) % 60) : x > 98 && x < 126 && y > 34 && y < 62 ? -820 : 40;
    const decode =
      (modality: string): Decode =>
      async () => ({
        pixels: tensor(
          Float32Array.from({ length: width * height }, (_, i) =>
            Math.min(1, (hounsfield(i % width, Math.floor(i / width)) - black) / (white - black)),
          ),
          [height, width],
        ),
        stretched: { low: black, high: white },
        attributes: { modality },
      });
    await writeFile(inFolder('slice.dcm'), new Uint8Array(200));
    const left = async (modality: string) => {
      const asked = { ...request, decode: decode(modality), task: 'tiles', taskOptions: { size: 32 } };
      const slice = archiveOf([record('slice', { path: inFolder('slice.dcm') })]);
      return (await prepare(slice, asked, inFolder(`air-${modality}`), quietly)).counts;
    };
    expect(await left('CT')).toMatchObject({ 'no a': 4, 'negative tiles without tissue left out': 4 });
    expect(await left('MR')).toMatchObject({ 'no a': 8 });
  });
});
