import { join } from 'node:path';
import { expect, it } from 'vitest';
import { writeOnnx } from '../graph/write.js';
import { channelsLast } from '../tensor/channels.js';
import { writeNpy } from '../tensor/npy.js';
import { type Tensor, tensor } from '../tensor/tensor.js';
import { runLine } from '../testing/command-line.js';
import { tinyModel } from '../testing/tiny-model.js';
import { temporaryTree } from '../testing/tree.js';

const side = 8;
const ramp = (shape: readonly number[]): Tensor =>
  tensor(
    Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => ((i * 37) % 101) / 101),
    shape,
  );

it.each([1, 3, 8])('maps of %d channels, first or last, score alike by a model', async (channels) => {
  const root = await temporaryTree({});
  const at = (name: string) => join(root, name);
  const map = ramp([2, channels, side, side]);
  await writeOnnx(at('model.onnx'), tinyModel());
  await writeNpy(at('x.npy'), ramp([2, 1, side, side]));
  await writeNpy(at('first.npy'), map);
  await writeNpy(at('last.npy'), channelsLast(map));
  const score = (name: string, ...more: string[]) =>
    runLine(
      ...['score', '--metric', 'deletion', '--map', at(name), '--option', 'steps=8', ...more],
      ...['--model', at('model.onnx'), '--input', at('x.npy'), '--targets', '1,2'],
    );
  const { out } = await score('first.npy', '--layout', 'NCHW');
  expect(out.join()).toContain('"metric":"deletion"');
  expect((await score('last.npy', '--layout', 'NHWC')).out).toEqual(out);
  const [first, last] = [await score('first.npy'), await score('last.npy')];
  if (channels !== side) expect([first.out, last.out]).toEqual([out, out]);
  else for (const { errors } of [first, last]) expect(errors.join()).toContain('option layout states');
});
