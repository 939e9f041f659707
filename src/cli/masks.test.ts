import { join } from 'node:path';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import { writeNpy } from '../tensor/npy.js';
import { runLine } from '../testing/command-line.js';
import { temporaryTree } from '../testing/tree.js';

const side = 16;
const marked = Array.from({ length: side * side }, (_, i) => i % side > 8 && i > 3 * side && i < 9 * side);
const bytes = (value: (isMarked: boolean, i: number) => number) => Uint8Array.from(marked, value);
const png = (data: Uint8Array, channels: 1 | 3 = 1) =>
  sharp(data, { raw: { width: side, height: side, channels } })
    .png()
    .toBuffer();

it('a mask is scored as a picture of any form as it is as an array', async () => {
  const red = Uint8Array.from({ length: 3 * marked.length }, (_, i) =>
    i % 3 === 0 && marked[Math.floor(i / 3)] ? 255 : 0,
  );
  const root = await temporaryTree({
    'white.png': await png(bytes((on) => (on ? 255 : 0))),
    'one.png': await png(bytes(Number)),
    'red.png': await png(red, 3),
    'noisy.jpg': await sharp(await png(bytes((on) => (on ? 255 : 0))))
      .jpeg({ quality: 90 })
      .toBuffer(),
    'inverted.png': await png(bytes((on) => (on ? 0 : 255))),
    'soft.png': await sharp(await png(bytes((on) => (on ? 255 : 0))))
      .blur(0.8)
      .png()
      .toBuffer(),
    'black.png': await png(bytes(() => 0)),
    'labels.png': await png(bytes((on, i) => (on ? 2 : i > 200 ? 1 : 0))),
    'small.png': await sharp(await png(bytes((on) => (on ? 255 : 0))))
      .resize(8, 8, { kernel: 'nearest' })
      .png()
      .toBuffer(),
    'words.png': 'no picture',
  });
  const at = (name: string) => join(root, name);
  const map = Float32Array.from(marked, (_, i) => ((i * 37) % 101) / 100);
  await writeNpy(at('map.npy'), { data: map, shape: [side, side] });
  await writeNpy(at('mask.npy'), { data: bytes(Number), shape: [side, side] });
  await writeNpy(at('levels.npy'), { data: bytes((_, i) => i % 3), shape: [side, side] });
  const score = (mask: string) =>
    runLine(...['score', '--map', at('map.npy'), '--mask', at(mask), '--metric', 'energy-pointing-game']);
  const { out: lines } = await score('mask.npy');
  for (const name of ['white.png', 'one.png', 'red.png', 'noisy.jpg']) {
    const scored = await score(name);
    expect(scored.errors, name).toEqual([]);
    expect(scored.out, name).toEqual(lines);
  }
  const soft = await score('soft.png');
  const { data } = await sharp(at('soft.png')).extractChannel(0).raw().toBuffer({ resolveWithObject: true });
  const greatest = Math.max(...data);
  const between = data.filter((value) => value > 0 && value < greatest).length;
  const on = data.filter((value) => 2 * value >= greatest).length;
  const cut = `soft.png: it holds other values than 0 and ${greatest} (${between} of its 256 pixels); those of at least half of ${greatest} are marked, ${on} pixels`;
  expect(soft.errors).toEqual([expect.stringContaining(cut)]);
  expect(JSON.parse(soft.out.join()).notes).toEqual([cut]);
  for (const flag of ['anatomy', 'body', 'artefacts']) {
    const scored = await runLine(
      ...['score', '--map', at('map.npy'), `--${flag}`, at('soft.png')],
      ...['--metric', 'sparseness'],
    );
    expect(scored.errors.join(), flag).toContain(cut);
  }
  const inverted = await score('inverted.png');
  expect(inverted.errors.join()).toMatch(/inverted\.png: it marks most of its picture .* may be inverted/);
  expect((await score('black.png')).out.join()).toContain('the mask is empty');
  for (const [name, message] of [
    ['labels.png', /labels\.png: the mask holds the values 1, 2, which are a label map's/],
    ['levels.npy', /levels\.npy: a mask holds 0 and one positive number; this one holds 0, 1, 2/],
    ['small.png', /the map has the shape \[16,16\] and the mask \[8,8\]/],
    ['words.png', /words\.png: it is neither DICOM nor PNG/],
  ] as const) {
    const { code, errors } = await score(name);
    expect(code, name).toBe(1);
    expect(errors, name).toHaveLength(1);
    expect(errors[0], name).toMatch(message);
  }
});
