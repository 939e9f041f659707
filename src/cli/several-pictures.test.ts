import { join } from 'node:path';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import { int, ints } from '../graph/attributes.js';
import { startGraph } from '../graph/builder.js';
import { float32 } from '../graph/elements.js';
import { writeOnnx } from '../graph/write.js';
import { readNpy, writeNpy } from '../tensor/npy.js';
import { runLine } from '../testing/command-line.js';
import { temporaryTree } from '../testing/tree.js';

/** Two scores of an image that the graph scales itself, each pixel squared, and of an age. */
function scaled(by: number) {
  const b = startGraph('scaled');
  const scale = b.emit('Constant', [], { value: { kind: 'tensor', value: float32([by], []) } });
  const first = b.emit('Transpose', [b.emit('Mul', ['image', scale])], { perm: ints([0, 3, 1, 2]) });
  const map = b.emit('Conv', [first, b.constant(float32([1, 2, 3, 4, 5, 6], [2, 3, 1, 1]))]);
  const pooled = b.emit('GlobalAveragePool', [b.mul(map, map)]);
  b.emit('Add', [b.reshape(pooled, [-1, 2]), 'age'], {}, 'y');
  const value = (name: string, shape: (number | string)[]) => ({ name, type: 'float32' as const, shape });
  return b.finish([value('image', ['N', 6, 6, 3]), value('age', ['N', 1])], [value('y', ['N', 2])]);
}

it('a picture among several inputs gets the pixels that the graph scales itself', async () => {
  const pixels = Uint8Array.from({ length: 108 }, (_, i) => 2 * i);
  const png = await sharp(pixels, { raw: { width: 6, height: 6, channels: 3 } })
    .png()
    .toBuffer();
  const root = await temporaryTree({ 'x.png': png });
  const at = (name: string) => join(root, name);
  await writeOnnx(at('bytes.onnx'), scaled(1 / 255));
  await writeOnnx(at('plain.onnx'), scaled(3));
  await writeNpy(at('x.npy'), { data: Float32Array.from(pixels), shape: [1, 6, 6, 3] });
  const explain = (model: string, image: string, hold: readonly string[], ...more: string[]) =>
    runLine(
      ...['attribute', '--model', at(model), '--input', `image=${at(image)}`, '--input', 'age=63'],
      ...hold.flatMap((name) => ['--hold', name]),
      ...['--targets', '1', '--method', 'gradient', '--out', at(`map-of-${image}.npy`), ...more],
    );
  for (const [hold, ...maps] of [
    [['age'], ''],
    [['image'], ''],
    [[], '.image', '.age'],
  ] as const) {
    const told = await explain('bytes.onnx', 'x.png', hold);
    expect(told.code, told.errors.join()).toBe(0);
    expect(told.errors.join()).toContain('given as pixels of 0 to 255, which the model normalises itself');
    expect((await explain('bytes.onnx', 'x.npy', hold)).code).toBe(0);
    for (const name of maps)
      expect(await readNpy(at(`map-of-x.png${name}.npy`))).toEqual(
        await readNpy(at(`map-of-x.npy${name}.npy`)),
      );
    const other = await explain('bytes.onnx', 'x.png', hold, '--normalisation', 'zero-one');
    expect(other.errors.join()).toMatch(/--input image: .* its graph takes pixels of 0 to 255; leave it out/);
    const stated = await explain('bytes.onnx', 'x.png', hold, '--normalisation', '0-255');
    expect(stated.code, stated.errors.join()).toBe(0);
    const untold = await explain('plain.onnx', 'x.png', hold);
    expect(untold.errors.join()).toMatch(/--input image: nothing tells how an image is normalised/);
  }
});

it('several inputs tell their baselines and notes, and refuse what is not finite', async () => {
  const b = startGraph('root');
  const seen = b.reduce('ReduceSum', b.emit('Sqrt', ['image']), [2, 3], { keepdims: int(0) });
  b.emit('Add', [seen, 'age'], {}, 'y');
  const value = (name: string, shape: (number | string)[]) => ({ name, type: 'float32' as const, shape });
  const graph = b.finish([value('image', ['N', 2, 4, 4]), value('age', ['N', 2])], [value('y', ['N', 2])]);
  const root = await temporaryTree({});
  const at = (name: string) => join(root, name);
  await writeOnnx(at('m.onnx'), graph);
  const image = (value: number) => ({ data: new Float32Array(64).fill(value), shape: [2, 2, 4, 4] });
  await writeNpy(at('x.npy'), image(0.25));
  await writeNpy(at('zero.npy'), image(0));
  await writeNpy(at('age.npy'), { data: Float32Array.of(1, 2, 3, 4), shape: [2, 2] });
  const explain = (image: string, method: string, ...more: string[]) =>
    runLine(
      ...['attribute', '--model', at('m.onnx'), '--input', `image=${at(image)}`, '--hold', 'age'],
      ...['--input', `age=${at('age.npy')}`, '--targets', '1,0', '--method', method, '--head', 'regression'],
      ...['--out', at(`${method}-${image}`), ...more],
    );
  const told = await explain('x.npy', 'occlusion');
  expect(told.out).toContain('output at the baseline: 2.00, 3.00');
  const { targets, compared, notes } = JSON.parse(
    (await explain('x.npy', 'occlusion', '--json')).out.join(''),
  );
  expect({ targets, compared, notes }).toMatchObject({
    ...{ targets: [1, 0], notes: [] },
    compared: { input: [10, 11], baseline: [2, 3] },
  });
  const lost = await explain('zero.npy', 'gradient');
  expect(lost.code).toBe(1);
  expect(lost.errors.join()).toMatch(/gradient: .*not finite everywhere \(sample 0\).*\(sample 1\)/);
  await expect(readNpy(at('gradient-zero.npy'))).rejects.toThrow();
});
