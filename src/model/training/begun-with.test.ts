import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { formatOnnx } from '../../graph/write.js';
import { brightModel } from '../../testing/bright-model.js';
import { temporaryTree } from '../../testing/tree.js';
import { withWeightsBeside } from '../../testing/weights-beside.js';
import { contentsBegunWith } from './begun-with.js';

it('is what files of weights and backbones hold, with the weights beside them', async () => {
  const { bytes, weights } = withWeightsBeside(formatOnnx(brightModel()), 'weights');
  const root = await temporaryTree({ 'a.npz': 'one', 'b.onnx': bytes, 'weights.bin': weights });
  const given = { weights: join(root, 'a.npz'), backbone: join(root, 'b.onnx') };
  const before = await contentsBegunWith(given);
  expect(await contentsBegunWith(given)).toEqual(before);
  await writeFile(
    join(root, 'weights.bin'),
    weights.map((byte) => byte ^ 1),
  );
  const beside = await contentsBegunWith(given);
  expect(beside.weightsContent).toBe(before.weightsContent);
  expect(beside.backboneContent).not.toBe(before.backboneContent);
  await writeFile(join(root, 'a.npz'), 'two');
  expect((await contentsBegunWith(given)).weightsContent).not.toBe(before.weightsContent);
});

it('is nothing where a training begins with no file', async () => {
  expect(await contentsBegunWith({ weights: '', backbone: 'resnet-small', epochs: 3 })).toEqual({});
});
