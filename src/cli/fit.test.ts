import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ints } from '../graph/attributes.js';
import { type Builder, startGraph } from '../graph/builder.js';
import { float32 } from '../graph/elements.js';
import { writeOnnx } from '../graph/write.js';
import { readNpy, writeNpy } from '../tensor/npy.js';
import { runLine } from '../testing/command-line.js';
import { imageElements, type MadeElement, madeDicom } from '../testing/dicom.js';
import { tinyModel } from '../testing/tiny-model.js';

let dir: string;
const at = (name: string) => join(dir, name);

/** A wide picture of 24x8 pixels, and the same with black rows above and below. */
const pixels = Buffer.from(Array.from({ length: 24 * 8 }, (_, i) => 40 + i));
const padded = Buffer.concat([Buffer.alloc(24 * 8), pixels, Buffer.alloc(24 * 8)]);
const picture = (bytes: Buffer, height: number) =>
  sharp(bytes, { raw: { width: 24, height, channels: 1 } }).png();

/** The tiny model behind what makes its input 'x' of 'pixels'. */
function behind(shape: readonly (string | number)[], make: (b: Builder) => void) {
  const tiny = tinyModel();
  const b = startGraph('front');
  make(b);
  const front = b.finish([{ name: 'pixels', type: 'float32', shape }], tiny.outputs);
  const initializers = new Map([...front.initializers, ...tiny.initializers]);
  return { ...front, nodes: [...front.nodes, ...tiny.nodes], initializers };
}
const ofBytes = () =>
  behind(['N', 1, 8, 8], (b) => b.emit('Div', ['pixels', b.constant(float32([255], []))], {}, 'x'));
const channelsLast = () =>
  behind(['N', 8, 8, 1], (b) => b.emit('Transpose', ['pixels'], { perm: ints([0, 3, 1, 2]) }, 'x'));

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sightline-fit-'));
  await writeOnnx(at('model.onnx'), tinyModel());
  await writeOnnx(at('bytes.onnx'), ofBytes());
  await writeOnnx(at('last.onnx'), channelsLast());
  await picture(pixels, 8).toFile(at('wide.png'));
  await picture(padded, 24).toFile(at('padded.png'));
  await writeNpy(at('unit.npy'), { data: new Float32Array(64).fill(0.5), shape: [1, 1, 8, 8] });
});
afterAll(() => rm(dir, { recursive: true }));

const explain = (model: string, input: string, out: string, ...more: string[]) =>
  runLine(
    ...['attribute', '--model', at(model), '--input', at(input), '--targets', '0'],
    ...['--method', 'input-x-gradient', '--out', at(out), ...more],
  );
const map = async (name: string) => (await readNpy(at(name))).data;

it('a picture in colour for a model of one channel becomes grey, which is said', async () => {
  const paint = (name: string, make: (i: number, c: number) => number) => {
    const bytes = Buffer.from(Array.from({ length: 8 * 8 * 3 }, (_, i) => make(Math.floor(i / 3), i % 3)));
    return sharp(bytes, { raw: { width: 8, height: 8, channels: 3 } })
      .png()
      .toFile(at(name));
  };
  await paint('colour.png', (i, c) => (40 * c + i) % 256);
  await paint('grey.png', (i, c) => i + c);
  const errors = async (name: string) =>
    (await explain('model.onnx', name, 'grey.npy', '--normalisation', 'zero-one')).errors;
  expect((await errors('colour.png')).join()).toContain('colour.png: its colours become grey by luminance');
  expect(await errors('grey.png')).toEqual([]);
});

it('an image of another aspect ratio is stretched, which is said, or padded', async () => {
  const zeroOne = ['--normalisation', 'zero-one'];
  const stretched = await explain('model.onnx', 'wide.png', 'auto.npy', ...zeroOne);
  expect(stretched.errors.join()).toContain('wide.png: its 24x8 pixels are stretched to 8x8');
  const asked = await explain('model.onnx', 'wide.png', 'stretch.npy', ...zeroOne, '--fit', 'stretch');
  expect(asked.errors).toEqual([]);
  expect(await map('stretch.npy')).toEqual(await map('auto.npy'));
  const boxed = await explain('model.onnx', 'wide.png', 'boxed.npy', ...zeroOne, '--fit', 'letterbox');
  expect(boxed.errors).toEqual([]);
  await explain('model.onnx', 'padded.png', 'padded.npy', ...zeroOne);
  expect(await map('boxed.npy')).toEqual(await map('padded.npy'));
  expect(await map('boxed.npy')).not.toEqual(await map('stretch.npy'));
});

it('an image for a model with its channels last fits as one for channels first', async () => {
  const zeroOne = ['--normalisation', 'zero-one'];
  const square = await explain('last.onnx', 'padded.png', 'last-padded.npy', ...zeroOne);
  expect(square.errors).toEqual([]);
  const stretched = await explain('last.onnx', 'wide.png', 'last-auto.npy', ...zeroOne);
  expect(stretched.errors.join()).toContain('wide.png: its 24x8 pixels are stretched to 8x8');
  await explain('last.onnx', 'wide.png', 'last-boxed.npy', ...zeroOne, '--fit', 'letterbox');
  expect(await map('last-boxed.npy')).toEqual(await map('last-padded.npy'));
});

it.each([
  ['of part of 16 bits', [300, 9000], 'its values 300 to 9000 become 0 to 1'],
  ['of all of 16 bits', [0, 65535], ''],
])('a deep picture %s says what becomes of its values', async (_, [low, high], said) => {
  const values = Uint16Array.from({ length: 64 }, (_, i) => (i % 2 === 0 ? low! : high!));
  await sharp(values, { raw: { width: 8, height: 8, channels: 1 } })
    .toColourspace('grey16')
    .png()
    .toFile(at('deep.png'));
  const { errors } = await explain('model.onnx', 'deep.png', 'deep.npy', '--normalisation', 'zero-one');
  expect(errors.join()).toContain(said);
  expect(errors).toHaveLength(said === '' ? 0 : 1);
});

it('a deep picture becomes what the model takes', async () => {
  const values = Uint16Array.from({ length: 64 }, (_, i) => 300 + i);
  await sharp(values, { raw: { width: 8, height: 8, channels: 1 } })
    .toColourspace('grey16')
    .png()
    .toFile(at('bytes.png'));
  const { errors } = await explain('bytes.onnx', 'bytes.png', 'deep.npy');
  expect(errors).toEqual([
    expect.stringContaining('its values 300 to 363 become 0 to 255, as in data prepare'),
  ]);
});

it('an array that does not look like the pixels that a model takes is doubted', async () => {
  const { errors } = await explain('bytes.onnx', 'unit.npy', 'unit-map.npy');
  expect(errors.join()).toContain('its numbers lie between 0.5 and 0.5; the model takes pixels of 0 to 255');
});

it('a normalisation beside an array does not change it, which is said', async () => {
  const half = ['--mean', '0.5', '--std', '0.5'];
  const { errors } = await explain('model.onnx', 'unit.npy', 'half.npy', ...half);
  expect(errors.join()).toContain('unit.npy: its numbers are given to the model as they are');
});

it('what a file holds beside its first, square picture is said', async () => {
  const frames = [9, 200].map((background) =>
    sharp({ create: { width: 8, height: 8, channels: 3, background: { r: background, g: 9, b: 9 } } })
      .png()
      .toBuffer(),
  );
  await sharp(await Promise.all(frames), { join: { animated: true } }).toFile(at('film.gif'));
  const { errors } = await explain('model.onnx', 'film.gif', 'f.npy', '--normalisation', 'zero-one');
  expect(errors.join()).toContain('film.gif: it holds 2 frames; the first is read');
  const pixels = Uint8Array.from({ length: 64 }, (_, i) => i);
  const spacing: MadeElement = ['00280030', 'DS', '0.5\\1'];
  await writeFile(
    at('wide.dcm'),
    madeDicom([...imageElements(8, 8, {}, [spacing]), ['7fe00010', 'OB', pixels]]),
  );
  const uneven = await explain('model.onnx', 'wide.dcm', 'f.npy', '--normalisation', 'zero-one');
  expect(uneven.errors.join()).toContain('wide.dcm: its pixels are 2 times as wide as high');
});

it('a DICOM file of several windows says that the first is applied', async () => {
  const pixels = Uint8Array.from({ length: 64 }, (_, i) => i);
  const errors = async (center: string, width: string) => {
    const windows: MadeElement[] = [
      ['00281050', 'DS', center],
      ['00281051', 'DS', width],
    ];
    const elements = [...imageElements(8, 8, {}, windows), ['7fe00010', 'OB', pixels] as const];
    await writeFile(at('windows.dcm'), madeDicom(elements));
    return (await explain('model.onnx', 'windows.dcm', 'w.npy', '--normalisation', 'zero-one')).errors;
  };
  const told = 'windows.dcm: it offers 2 windows or tables; the first is applied';
  expect((await errors('30\\10', '40\\8')).join()).toContain(told);
  expect((await errors('30', '40')).join()).not.toContain('windows or tables');
});

/** A NIfTI volume of 2x2x2 16-bit voxels from -4 to 3. */
function volume(): Buffer {
  const bytes = Buffer.alloc(352 + 16);
  bytes.writeInt32LE(348, 0);
  for (const [i, length] of [3, 2, 2, 2].entries()) bytes.writeInt16LE(length, 40 + 2 * i);
  bytes.writeInt16LE(4, 70);
  bytes.writeFloatLE(352, 108);
  bytes.write('n+1\0', 344, 'latin1');
  for (let i = 0; i < 8; i++) bytes.writeInt16LE(i - 4, 352 + 2 * i);
  return bytes;
}

/** A model of volumes [N, 1, side, 2, 2], of which a layer over maps reads the axes, or none. */
function ofVolumes(side: number, isRead: boolean) {
  const b = startGraph('volumes');
  const pooled = isRead ? b.emit('GlobalAveragePool', ['x']) : 'x';
  const flat = b.emit('Flatten', [pooled]);
  const count = isRead ? 1 : 4 * side;
  const weights = float32(
    Array.from({ length: 2 * count }, (_, i) => i),
    [count, 2],
  );
  b.emit('MatMul', [flat, b.constant(weights)], {}, 'y');
  return b.finish(
    [{ name: 'x', type: 'float32', shape: ['N', 1, side, 2, 2] }],
    [{ name: 'y', type: 'float32', shape: ['N', 2] }],
  );
}

it('of a volume is told what becomes of its values and of its size', async () => {
  await writeFile(at('scan.nii'), volume());
  for (const side of [2, 3]) {
    await writeOnnx(at('volumes.onnx'), ofVolumes(side, true));
    const { errors } = await explain('volumes.onnx', 'scan.nii', 'v.npy', '--normalisation', 'zero-one');
    expect(errors.join()).toContain('scan.nii: its values -4 to 3 become 0 to 1');
    expect(errors.join().includes('its 2x2x2 voxels are resized to 3x2x2')).toBe(side === 3);
  }
});

it('a volume for a model that tells no axes of volumes is refused by that', async () => {
  await writeFile(at('scan.nii'), volume());
  await writeOnnx(at('unread.onnx'), ofVolumes(2, false));
  const unread = await explain('unread.onnx', 'scan.nii', 'v.npy', '--normalisation', 'zero-one');
  expect(unread.errors.join()).toContain(
    'scan.nii: the model does not tell which axes of its input [N,1,2,2,2]',
  );
  const image = await explain('model.onnx', 'scan.nii', 'v.npy', '--normalisation', 'zero-one');
  expect(image.errors.join()).toContain('but a NIfTI volume');
});

it('names the picture whose channels a model does not take', async () => {
  const mixed = behind(['N', 2, 8, 8], (b) =>
    b.emit('Conv', ['pixels', b.constant(float32([1, 2], [1, 2, 1, 1]))], {}, 'x'),
  );
  await writeOnnx(at('two.onnx'), mixed);
  await sharp(Buffer.alloc(8 * 8 * 3, 90), { raw: { width: 8, height: 8, channels: 3 } })
    .png()
    .toFile(at('rgb.png'));
  const told = await explain('two.onnx', 'rgb.png', 'two.npy', '--normalisation', 'zero-one');
  expect(told.errors.join()).toMatch(
    /rgb\.png: an image of 3 channels does not fit a model of 2 channels; an array of these \(\.npy\)/,
  );
});
