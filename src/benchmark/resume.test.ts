import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { quietly } from '../base/run.js';
import { onnxRuntime } from '../engine/onnxruntime.js';
import { formatOnnx } from '../graph/write.js';
import { brightModel } from '../testing/bright-model.js';
import { folderRun } from '../testing/folder-run.js';
import { temporaryTree } from '../testing/tree.js';
import { withWeightsBeside } from '../testing/weights-beside.js';
import { benchmark, evaluateRun } from './run.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());

const picture = (shade: number) =>
  sharp({ create: { width: 8, height: 8, channels: 3, background: { r: shade, g: shade, b: shade } } })
    .png()
    .toBuffer();

/** A mask of the left half of a picture, or of nothing. */
const mask = (marked: boolean) =>
  sharp(
    Uint8Array.from({ length: 64 }, (_, p) => (marked && p % 8 < 4 ? 255 : 0)),
    {
      raw: { width: 8, height: 8, channels: 1 },
    },
  )
    .png()
    .toBuffer();

/** Twelve pictures, of which every other one is bright and has a mask; and a model with weights beside it. */
async function files(): Promise<string> {
  const indices = Array.from({ length: 12 }, (_, i) => i);
  const images = indices.map(async (i) => [`in/im${i}.png`, await picture(i % 2 ? 250 - i : 5 + i)] as const);
  const masks = indices.map(async (i) => [`masks/im${i}.png`, await mask(i % 2 === 1)] as const);
  const { bytes, weights } = withWeightsBeside(formatOnnx(brightModel()), 'weights');
  return temporaryTree({
    ...Object.fromEntries(await Promise.all([...images, ...masks])),
    ...{ 'model.onnx': bytes, 'weights.bin': weights },
  });
}

function resume(root: string, given: Readonly<Record<string, unknown>> = {}) {
  const options = { methods: 'gradient', metrics: 'pointing-game', ...given };
  return benchmark(folderRun(root, options), engine, quietly);
}

describe('a resumed run', () => {
  it('gives the same where nothing has changed', async () => {
    const root = await files();
    const { scores } = await resume(root);
    expect(scores.length).toBeGreaterThan(0);
    expect((await resume(root)).scores).toEqual(scores);
  });

  it.each([
    ['a picture of the same size', 'in/im3.png', () => picture(201), /in\/im3\.png has changed\)/],
    ['a mask', 'masks/im3.png', () => picture(0), /mask 1 \('finding'\) of .*im3\.png/],
    ['a new picture', 'in/im99.png', () => picture(7), /im99\.png is new/],
  ])('is refused with the name of what has changed: %s', async (_, path, make, message) => {
    const root = await files();
    await resume(root);
    const before = await readFile(join(root, path)).catch(() => undefined);
    await writeFile(join(root, path), await make());
    if (path.includes('99')) await writeFile(join(root, 'masks/im99.png'), await picture(0));
    await expect(resume(root)).rejects.toThrow(/holds a run on other data/);
    await expect(resume(root)).rejects.toThrow(message);
    if (before === undefined) {
      await rm(join(root, path));
      await rm(join(root, 'masks/im99.png'));
    } else await writeFile(join(root, path), before);
    expect((await resume(root)).scores.length).toBeGreaterThan(0);
  });

  it('is refused where the weights beside its model have changed', async () => {
    const root = await files();
    await resume(root);
    const weights = Float32Array.of(-10, 10);
    await writeFile(join(root, 'weights.bin'), new Uint8Array(weights.buffer));
    await expect(resume(root)).rejects.toThrow(
      /weights\.weights\.bin was "[0-9a-f]{64}", now "[0-9a-f]{64}"/,
    );
    const scored = { out: join(root, 'run'), model: join(root, 'model.onnx') };
    await expect(evaluateRun(scored, engine, quietly)).rejects.toThrow(
      /weights\.bin: does not hold the weights of the run/,
    );
    await rm(join(root, 'weights.bin'));
    await expect(resume(root)).rejects.toThrow(/weights\.bin can't be read: there is no such file/);
    await expect(evaluateRun(scored, engine, quietly)).rejects.toThrow(/weights\.bin can't be read/);
  });

  it('is refused where the weights that its training begins with have changed', async () => {
    const root = await files();
    const weights = join(root, 'begin.npz');
    const given = {
      model: undefined,
      normalisation: undefined,
      methods: 'gradient',
      metrics: 'pointing-game',
    };
    const request = { ...folderRun(root, given), training: { architecture: 'cnn', epochs: 1, weights } };
    await writeFile(weights, 'no arrays');
    await expect(benchmark(request, engine, quietly)).rejects.toThrow('begin.npz');
    await writeFile(weights, 'nor these');
    // Nothing is trained yet, so the run begins again.
    await expect(benchmark(request, engine, quietly)).rejects.toThrow('begin.npz');
    await writeFile(join(root, 'run', 'training.npz'), 'a checkpoint');
    await writeFile(weights, 'or these');
    await expect(benchmark(request, engine, quietly)).rejects.toThrow(
      /weightsContent was "[0-9a-f]{64}", now "[0-9a-f]{64}"/,
    );
  });

  it('is refused under another normalisation, and never begun without one', async () => {
    const root = await files();
    await resume(root);
    await expect(resume(root, { normalisation: 'minus-one-one' })).rejects.toThrow(
      /normalisation was "zero-one", now "minus-one-one"/,
    );
    await rm(join(root, 'run'), { recursive: true });
    await expect(resume(root, { normalisation: undefined })).rejects.toThrow(
      /model\.onnx: its file does not tell how an image is normalised; give normalisation/,
    );
    await expect(resume(root, { model: undefined })).rejects.toThrow('a normalisation is for a model');
    const prepared = join(root, 'run/prepared');
    const begun = (given: object) => {
      const request = folderRun(root, { methods: 'gradient', metrics: 'pointing-game', ...given });
      return benchmark({ ...request, data: { prepared }, out: join(root, 'begun') }, engine, quietly);
    };
    await expect(begun({ normalisation: undefined })).rejects.toThrow('give normalisation');
    expect((await begun({})).scores.length).toBeGreaterThan(0);
  });
});
