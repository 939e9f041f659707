import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import { int, ints } from '../graph/attributes.js';
import { type Builder, startGraph } from '../graph/builder.js';
import { float32, scalar } from '../graph/elements.js';
import { writeOnnx } from '../graph/write.js';
import { readNpy, writeNpy } from '../tensor/npy.js';
import { brightModel } from '../testing/bright-model.js';
import { runLine } from '../testing/command-line.js';
import { tinyModel } from '../testing/tiny-model.js';
import { temporaryTree } from '../testing/tree.js';
import { leftToCpu } from './commands/inspect.js';
import { sightline } from './index.js';
import { noiseFor } from './inspect-inputs.js';
import { imageFacts } from './several-inputs.js';

it('inspect says what is understood of a model, and what each method would do', {
  timeout: 60_000,
}, async () => {
  const path = join(await mkdtemp(join(tmpdir(), 'inspect-')), 'model.onnx');
  await writeOnnx(path, tinyModel('Softmax'));
  const out: string[] = [];
  expect(await sightline(['inspect', path, '--json'], (line) => void out.push(line))).toBe(0);
  const { layout, head, layer, methods, tensorflow, targets } = JSON.parse(out.join('\n'));
  expect(tensorflow).toBe('has all operators');
  expect([layout, head]).toEqual(['NCHW', expect.stringContaining('the score before the final Softmax')]);
  expect(targets[1]).toEqual({ target: 'class:1', explains: 'the raw score of class 1' });
  expect(layer).toContain('[N,4,8,8]');
  const found = (name: string) => methods.find(({ method }: { method: string }) => method === name);
  expect(found('gradient')).toEqual({ method: 'gradient', runs: true });
  for (const method of ['kernel-shap', 'hsic']) expect(found(method)).toEqual({ method, runs: true });
  expect(found('pattern-local').why).toContain("needs option 'data'");
  expect(found('attention-rollout')).toMatchObject({
    runs: false,
    why: expect.stringContaining('no attention'),
  });
});

it('inspect names the operators that a GPU leaves to the CPU', () => {
  const b = startGraph('rounding');
  b.emit('Round', [b.relu('x')], {}, 'y');
  const graphs = [b.finish([{ name: 'x', type: 'float32' }], [{ name: 'y', type: 'float32' }])];
  expect(leftToCpu({ name: 'webgpu', graphs })).toEqual({ webgpu: 'leaves to the CPU: Round' });
  expect(leftToCpu({ name: 'cuda', graphs })).toEqual({ cuda: 'has all operators' });
  expect(leftToCpu({ name: 'cpu', graphs })).toEqual({});
});

it('inspect shows preprocessed images with what the model says of them', { timeout: 60_000 }, async () => {
  const shade = (value: number) =>
    sharp({ create: { width: 20, height: 20, channels: 3, background: { r: value, g: value, b: value } } })
      .png()
      .toBuffer();
  const root = await temporaryTree({ 'in/dark.png': await shade(0), 'in/light.png': await shade(255) });
  const path = join(root, 'bright.onnx');
  await writeOnnx(path, brightModel());
  const look = ['inspect', path, '--images', join(root, 'in')];
  const out = join(root, 'inputs.html');
  const told = await runLine(...look, '--mean', '0.5', '--std', '0.25', '--json', '--out', out);
  expect(told.errors).toEqual([]);
  expect(JSON.parse(told.out.join('\n'))).toMatchObject([
    { id: 'dark.png', annotated: '', predicted: 'class 0', least: -2, most: -2 },
    { id: 'light.png', predicted: 'class 1', mean: 2 },
  ]);
  expect(await readFile(out, 'utf8')).toContain('class 1 1.00');
  const asked = await runLine(...look);
  expect([asked.code, asked.errors]).toEqual([2, [expect.stringContaining('--mean and --std')]]);
  const table = await runLine(...look, '--normalisation', 'zero-one');
  expect(table.out[0]).toMatch(/image +annotated +predicted +probability/);
  const alone = await runLine('inspect', path, '--out', out);
  expect(alone.errors).toEqual(['sightline: --out draws the images of --data or --images']);
});

it('inspect says once how pictures are stretched, or pads them as asked', { timeout: 60_000 }, async () => {
  const wide = await sharp({ create: { width: 40, height: 20, channels: 3, background: '#fff' } })
    .png()
    .toBuffer();
  const root = await temporaryTree({ 'in/a.png': wide, 'in/b.png': wide });
  const path = join(root, 'bright.onnx');
  await writeOnnx(path, brightModel());
  const look = ['inspect', path, '--images', join(root, 'in'), '--normalisation', 'zero-one', '--json'];
  const stretched = await runLine(...look);
  expect(stretched.errors).toEqual([expect.stringContaining('a.png: its 40x20 pixels are stretched')]);
  const padded = await runLine(...look, '--fit', 'letterbox');
  expect(padded.errors).toEqual([]);
  const means = ({ out }: typeof padded) =>
    JSON.parse(out.join('\n')).map(({ mean }: { mean: number }) => mean);
  expect(means(stretched)).toEqual([1, 1]);
  expect(means(padded)).toEqual([expect.closeTo(0.5, 1), expect.closeTo(0.5, 1)]);
});

it('inspect says where a layout is guessed, and which nodes an engine lacks', {
  timeout: 60_000,
}, async () => {
  const b = startGraph('table of pixels');
  const trimmed = b.emit('Trilu', ['x']);
  const weights = b.constant(float32(new Float32Array(48 * 2).fill(0.1), [48, 2]));
  b.emit('MatMul', [b.emit('Flatten', [trimmed]), weights], {}, 'y');
  const value = (name: string, shape: (number | string)[]) => ({ name, type: 'float32' as const, shape });
  const path = join(await temporaryTree(), 'mlp.onnx');
  await writeOnnx(path, b.finish([value('x', ['N', 3, 4, 4])], [value('y', ['N', 2])]));
  const guessed = await runLine('inspect', path);
  expect(guessed.out).toContainEqual(
    'layout: NCHW, guessed from the lengths: no layer over maps reads the input (option layout states it)',
  );
  expect(guessed.out).toContainEqual(expect.stringMatching(/^tensorflow: lacks Trilu \(node '[^']+'\)$/));
  const stated = await runLine('inspect', path, '--layout', 'NCHW');
  expect(stated.out).toContainEqual('layout: NCHW');
});

it('inspect calls an input of features a table', { timeout: 60_000 }, async () => {
  const b = startGraph('features');
  b.emit('MatMul', ['x', b.constant(float32(new Float32Array(10).fill(0.1), [5, 2]))], {}, 'y');
  const value = (name: string, shape: (number | string)[]) => ({ name, type: 'float32' as const, shape });
  const path = join(await temporaryTree(), 'features.onnx');
  await writeOnnx(path, b.finish([value('x', ['N', 5])], [value('y', ['N', 2])]));
  expect((await runLine('inspect', path)).out).toContainEqual(
    expect.stringMatching(/^layout: other, a table/),
  );
});

it('inspect tries methods on a region that does not depend on the prediction', async () => {
  const b = startGraph('segmentation');
  b.emit('Conv', ['x', b.constant(float32([-1, 1], [2, 1, 1, 1]))], {}, 'y');
  const value = (name: string, shape: (number | string)[]) => ({ name, type: 'float32' as const, shape });
  const path = join(await temporaryTree(), 'segmentation.onnx');
  await writeOnnx(path, b.finish([value('x', ['N', 1, 8, 8])], [value('y', ['N', 2, 8, 8])]));
  const { out } = await runLine('inspect', path, '--json');
  const { methods, targets } = JSON.parse(out.join('\n'));
  expect(targets[0].target).toBe('region:0@predicted');
  const found = (name: string) => methods.find(({ method }: { method: string }) => method === name);
  for (const method of ['gradient', 'occlusion']) expect(found(method)).toEqual({ method, runs: true });
});

it('inspect names the classes of a map with its channels last, and none of boxes', async () => {
  const root = await temporaryTree();
  const value = (name: string, shape: (number | string)[]) => ({ name, type: 'float32' as const, shape });
  const classesOf = async (name: string, output: readonly number[]) => {
    const b = startGraph(name);
    const first = b.emit('Transpose', ['x'], { perm: ints([0, 3, 1, 2]) });
    const map = b.emit('Conv', [first, b.constant(float32([-1, 1], [2, 1, 1, 1]))]);
    const last = b.emit('Transpose', [map], { perm: ints([0, 2, 3, 1]) });
    b.alias(output.length === 3 ? last : b.reshape(last, [-1, ...output]), 'y');
    const path = join(root, `${name}.onnx`);
    await writeOnnx(path, b.finish([value('x', ['N', 8, 6, 1])], [value('y', ['N', ...output])]));
    const { out } = await runLine('inspect', path, '--json');
    return JSON.parse(out.join('\n')).classes;
  };
  expect(await classesOf('places', [8, 6, 2])).toEqual(['class 0', 'class 1']);
  expect(await classesOf('boxes', [16, 6])).toBeUndefined();
});

/** A model of an image, an age and a sex, which is a whole number. */
function clinical() {
  const b = startGraph('clinical');
  const kernel = b.constant(float32([1, -1], [2, 1, 1, 1]));
  const seen = b.reduce('ReduceMean', b.relu(b.emit('Conv', ['image', kernel])), [2, 3]);
  const sex = b.reshape(b.emit('Cast', ['sex'], { to: int(1) }), [-1, 1]);
  b.alias(b.add(b.add(b.reshape(seen, [-1, 2]), b.mul('age', 0.01)), sex), 'scores');
  const value = (name: string, shape: (number | string)[], type: 'float32' | 'int64' = 'float32') => ({
    ...{ name, type, shape },
  });
  return b.finish(
    [value('image', ['N', 1, 4, 4]), value('age', ['N', 1]), value('sex', ['N', 1], 'int64')],
    [value('scores', ['N', 2])],
  );
}

it('inspect shows several inputs, and what runs over all or over the image', async () => {
  const path = join(await temporaryTree(), 'clinical.onnx');
  await writeOnnx(path, clinical());
  const { code, out } = await runLine('inspect', path, '--json');
  expect(code).toBe(0);
  const { inputs, targets, methods } = JSON.parse(out.join('\n'));
  const read = { layout: 'NCHW', normalisation: 'not told by the file' };
  expect(inputs).toEqual([
    { name: 'image', type: 'float32', shape: ['N', 1, 4, 4], ...read },
    { name: 'age', type: 'float32', shape: ['N', 1] },
    { name: 'sex', type: 'int64', shape: ['N', 1], held: true },
  ]);
  expect(targets[0].target).toBe('class:0');
  const found = (name: string) => methods.find(({ method }: { method: string }) => method === name);
  expect(found('gradient').runs).toBe(true);
  expect(found('gradcam')).toEqual({
    method: 'gradcam',
    runs: true,
    notes: ["of 'image' alone, --hold age"],
  });
  expect(found('prp').why).toMatch(/ProtoPNet/);
});

it('inspect holds inputs that are one for all samples, in their own shape', () => {
  const value = (name: string, shape: (number | string)[]) => ({ name, type: 'float32' as const, shape });
  const inputs = [value('image', ['N', 2, 4, 4]), value('texts', [3, 8]), value('scale', [])];
  const graph = startGraph('texts').finish(inputs, [value('scores', ['N', 3])]);
  const { arrays, hold } = noiseFor(graph, inputs, 'texts.onnx');
  expect(hold).toEqual(['texts', 'scale']);
  expect(arrays.image!.shape).toEqual([1, 2, 4, 4]);
  expect([arrays.texts!.shape, arrays.scale!.shape]).toEqual([[1, 3, 8], [1]]);
});

it('inspect tells how each of several inputs takes images, where it takes any', () => {
  const b = startGraph('pair');
  const shares = b.emit('Div', ['colour', b.constant(scalar(255))]);
  const value = (name: string, shape: (number | string)[], type: 'float32' | 'uint8' = 'float32') => ({
    ...{ name, shape, type },
  });
  const inputs = [
    value('colour', ['N', 8, 8, 3]),
    value('bytes', ['N', 1, 8, 8], 'uint8'),
    value('plain', ['N', 3, 8, 8]),
    value('volume', ['N', 1, 8, 8, 8]),
    value('table', ['N', 4]),
  ];
  const graph = b.finish(inputs, [value(shares, ['N', 8, 8, 3])]);
  const by = 'graph';
  expect(inputs.map((input) => imageFacts(graph, input))).toEqual([
    {
      layout: 'NHWC, by its lengths',
      normalisation: { mean: [0, 0, 0], std: [1 / 255, 1 / 255, 1 / 255], by },
    },
    { layout: 'NCHW, by its lengths', normalisation: { mean: [0], std: [1 / 255], by } },
    { layout: 'NCHW, by its lengths', normalisation: 'not told by the file' },
    {},
    {},
  ]);
});

it.each<[string, number[], string | undefined, (b: Builder, x: string) => string]>([
  ['channels first', [11, 60, 1], 'NCHW', (b, x) => conv(b, x, 11)],
  ['channels last', [48, 64, 6], 'NHWC', (b, x) => conv(b, b.transpose(x, [0, 3, 1, 2]), 6)],
  ['scaled before', [3, 8, 3], 'NHWC', (b, x) => conv(b, b.transpose(b.div(x, 255), [0, 3, 1, 2]), 3)],
  ['enlarged before', [8, 8, 6], 'NHWC', (b, x) => conv(b, b.transpose(doubled(b, x), [0, 3, 1, 2]), 6)],
  ['pooled', [5, 8, 3], 'NCHW', (b, x) => b.emit('MaxPool', [x], { kernel_shape: ints([1, 1]) })],
  ['turned alone', [8, 8, 6], 'NHWC', (b, x) => b.relu(b.transpose(x, [0, 3, 1, 2]))],
  ['rows in the place of channels', [6, 8, 3], 'other', (b, x) => conv(b, b.transpose(x, [0, 2, 1, 3]), 8)],
  ['no layer over maps', [8, 8, 6], undefined, (b, x) => b.emit('Flatten', [x])],
])('inspect tells the layout of an input among several: %s', (name, shape, layout, made) => {
  const b = startGraph(name);
  const value = (name: string, shape: (number | string)[]) => ({ name, type: 'float32' as const, shape });
  b.alias(b.emit('Flatten', [made(b, 'image')]), 'y');
  const image = value('image', ['N', ...shape]);
  const graph = b.finish([image, value('age', ['N', 1])], [value('y', ['N', 'M'])]);
  expect(imageFacts(graph, image).layout).toBe(layout);
});

const conv = (b: Builder, x: string, channels: number) =>
  b.emit('Conv', [x, b.constant(float32(new Float32Array(2 * channels), [2, channels, 1, 1]))]);
const doubled = (b: Builder, x: string) =>
  b.emit('Resize', [x, '', b.constant(float32([1, 2, 2, 1], [4]))], {});

it('an image file is taken as an input among several, at its size and normalised', async () => {
  const pixels = Uint8Array.from({ length: 16 }, (_, i) => 16 * i);
  const png = await sharp(pixels, { raw: { width: 4, height: 4, channels: 1 } })
    .png()
    .toBuffer();
  const root = await temporaryTree({ 'x.png': png });
  const at = (name: string) => join(root, name);
  await writeOnnx(at('model.onnx'), clinical());
  await writeNpy(at('x.npy'), { data: Float32Array.from(pixels, (v) => v / 255), shape: [1, 1, 4, 4] });
  const explain = (image: string, out: string, ...more: string[]) => {
    const others = ['--input', 'age=63', '--input', 'sex=1', '--hold', 'age', '--hold', 'sex'];
    const asked = ['--targets', '0', '--method', 'input-x-gradient', '--out', at(out), ...more];
    return runLine(
      'attribute',
      '--model',
      at('model.onnx'),
      '--input',
      `image=${image}`,
      ...others,
      ...asked,
    );
  };
  expect((await explain(at('x.png'), 'a.npy', '--normalisation', 'zero-one')).code).toBe(0);
  const told = await explain(at('x.npy'), 'b.npy', '--json');
  expect(JSON.parse(told.out[0]!).head, told.errors.join()).toMatch(/^explained is /);
  const map = await readNpy(at('a.npy'));
  expect(map).toEqual(await readNpy(at('b.npy')));
  expect(Math.max(...(map.data as Float32Array))).toBeGreaterThan(0);
  const untold = await explain(at('x.png'), 'c.npy');
  expect(untold.errors.join()).toMatch(/--input image: nothing tells how an image is normalised/);
  const wrong = await runLine(
    ...['attribute', '--model', at('model.onnx'), '--input', `age=${at('x.png')}`, '--input', 'sex=1'],
    ...['--input', `image=${at('x.npy')}`, '--targets', '0', '--method', 'gradient', '--out', at('d.npy')],
  );
  expect(wrong.errors.join()).toMatch(/--input age: the input \[N,1\] takes no image/);
});

it('inspect says which inputs are constants that an exporter lost', { timeout: 60_000 }, async () => {
  const b = startGraph('net');
  b.alias(b.emit('Sub', ['x', 'net_1/normalization_1/Sub/y:0']), 'y');
  const inputs = [
    { name: 'x', type: 'float32' as const, shape: ['N', 4] },
    { name: 'net_1/normalization_1/Sub/y:0', type: 'float32' as const, shape: [1, 4] },
  ];
  const path = join(await temporaryTree({}), 'net.onnx');
  await writeOnnx(path, b.finish(inputs, [{ name: 'y', type: 'float32', shape: ['N', 4] }]));
  const { errors } = await runLine('inspect', path);
  expect(errors[0]).toMatch(/'net_1.normalization_1.Sub.y:0' reads like a constant .* SavedModel/);
  const given = join(path, '..', 'x.npy');
  await writeNpy(given, { data: new Float32Array(4), shape: [1, 4] });
  const asked = ['attribute', '--model', path, '--input', `x=${given}`, '--target', 'class:1', '--method'];
  const missed = await runLine(...asked, 'gradient', '--out', `${given}.map.npy`);
  expect(missed.errors[0]).toMatch(/is not given .* reads like a constant .* SavedModel/);
});

/** What inspect finds of a method in a graph. */
async function foundOf(path: string, wanted: string) {
  const { out } = await runLine('inspect', path, '--json');
  return JSON.parse(out.join('\n')).methods.find(({ method }: { method: string }) => method === wanted);
}

it('inspect says what holds of the maps of methods that run', { timeout: 60_000 }, async () => {
  const b = startGraph('smooth');
  const scale = b.constant(float32([0.1], []));
  const zero = b.constant({ type: 'uint8', shape: [], data: Uint8Array.of(0) });
  const whole = b.emit('QuantizeLinear', ['x', scale, zero]);
  const kernel = b.constant(float32([1, -1], [2, 1, 1, 1]));
  const wave = b.emit('Tanh', [b.emit('Conv', [b.emit('DequantizeLinear', [whole, scale, zero]), kernel])]);
  b.alias(b.reshape(b.reduce('ReduceMean', wave, [2, 3]), [-1, 2]), 'y');
  const value = (name: string, shape: (number | string)[]) => ({ name, type: 'float32' as const, shape });
  const path = join(await temporaryTree(), 'smooth.onnx');
  await writeOnnx(path, b.finish([value('x', ['N', 1, 8, 8])], [value('y', ['N', 2])]));
  const rounded = expect.stringMatching(/^values are rounded on the way \(operator 'QuantizeLinear'/);
  expect(await foundOf(path, 'gradient')).toEqual({ method: 'gradient', runs: true, notes: [rounded] });
  const { out } = await runLine('inspect', path);
  const row = (method: string) => out.find((line) => line.startsWith(`${method} `));
  expect(row('integrated-gradients')).toMatch(/runs +\(1\)$/);
  expect(out).toContainEqual(expect.stringMatching(/^\(1\) values are rounded on the way/));
  expect(row('occlusion')).toMatch(/runs *$/);
  // That so few draws are noise is true of the trial alone.
  expect(row('sobol')).toMatch(/runs *$/);
  const plain = join(path, '..', 'plain.onnx');
  const c = startGraph('plain');
  const tanh = c.emit('Tanh', [c.emit('Conv', ['x', c.constant(float32([1, -1], [2, 1, 1, 1]))])]);
  c.alias(c.reshape(c.reduce('ReduceMean', tanh, [2, 3]), [-1, 2]), 'y');
  await writeOnnx(plain, c.finish([value('x', ['N', 1, 8, 8])], [value('y', ['N', 2])]));
  for (const method of ['guided-backprop', 'deconvolution', 'guided-gradcam'])
    expect((await foundOf(plain, method)).notes, method).toEqual([
      expect.stringMatching(/^the model has no ReLU or ReLU6: .* is the gradient$/),
    ]);
  const mixed = join(path, '..', 'mixed.onnx');
  const d = startGraph('mixed');
  const maps = d.relu(d.emit('Conv', ['x', d.constant(float32([1, -1], [2, 1, 1, 1]))]));
  d.alias(d.reshape(d.reduce('ReduceMean', d.emit('HardSwish', [maps]), [2, 3]), [-1, 2]), 'y');
  await writeOnnx(mixed, d.finish([value('x', ['N', 1, 8, 8])], [value('y', ['N', 2])]));
  for (const method of ['guided-backprop', 'deconvolution', 'guided-gradcam'])
    expect((await foundOf(mixed, method)).notes, method).toEqual([
      expect.stringMatching(/^only ReLU and ReLU6 are changed .* gradient: HardSwish \(node '.+'\)$/),
    ]);
});

it('inspect tells the types of input, pixels and output as the file names them', async () => {
  const b = startGraph('bytes');
  const pixels = b.div(b.emit('Cast', ['x'], { to: int(1) }), 255);
  const maps = b.relu(b.emit('Conv', [pixels, b.constant(float32([1], [1, 1, 1, 1]))]));
  b.alias(b.reshape(b.reduce('ReduceMean', maps, [1, 2, 3]), [-1]), 'age');
  const graph = b.finish(
    [{ name: 'x', type: 'uint8', shape: ['N', 1, 8, 8] }],
    [{ name: 'age', type: 'float32', shape: ['N'] }],
  );
  const path = join(await temporaryTree(), 'bytes.onnx');
  await writeOnnx(path, graph);
  const { out } = await runLine('inspect', path);
  expect(out.slice(0, 4)).toEqual([
    'input: {"name":"x","type":"uint8","shape":["N",1,8,8]}',
    'layout: NCHW',
    'normalisation: pixels of 0 to 255, which the model normalises itself',
    'output: {"name":"age","shape":["N",1]}',
  ]);
  const tiny = join(path, '..', 'tiny.onnx');
  await writeOnnx(tiny, tinyModel());
  const given = await runLine('inspect', tiny, '--mean', '0.5', '--std', '0.25');
  expect(given.out).toContainEqual(
    'normalisation: mean 0.5 and deviation 0.25 of pixels of 0 to 1, as stated',
  );
});

it('inspect tells which methods refuse thousands of parts that nobody asked for', async () => {
  const b = startGraph('long');
  const half = (start: number) =>
    b.reduce('ReduceMean', b.slice('x', [{ axis: 1, start, end: start + 1200, step: 1 }]), [1]);
  b.alias(b.concat([half(0), half(1200)], 1), 'y');
  const value = (name: string, shape: (number | string)[]) => ({ name, type: 'float32' as const, shape });
  const path = join(await temporaryTree(), 'long.onnx');
  await writeOnnx(path, b.finish([value('x', ['N', 2400])], [value('y', ['N', 2])]));
  for (const method of ['kernel-shap', 'lime'])
    expect(await foundOf(path, method)).toMatchObject({
      runs: false,
      why: expect.stringMatching(new RegExp(`^${method}: each of the 2400 values or positions`)),
    });
  expect((await foundOf(path, 'feature-ablation')).runs).toBe(true);
});
