import { join } from 'node:path';
import { expect, it } from 'vitest';
import { attribute } from '../attribution/attribute.js';
import { startGraph } from '../graph/builder.js';
import { float32, int64 } from '../graph/elements.js';
import { writeOnnx } from '../graph/write.js';
import { loadClassifier } from '../model/load.js';
import { tensor } from '../tensor/tensor.js';
import { runLine } from '../testing/command-line.js';
import { temporaryTree } from '../testing/tree.js';

/** A classifier whose gradients are tiny, and whose first output is negative of any image. */
async function tinyGradients(): Promise<string> {
  const path = join(await temporaryTree(), 'model.onnx');
  const b = startGraph('net');
  const weights = Float32Array.from({ length: 12 }, (_, i) => Math.sin(i + 1));
  const maps = b.relu(b.emit('Conv', ['x', b.constant(float32(weights, [4, 3, 1, 1]))]));
  const flat = b.emit('Reshape', [maps, b.constant(int64([0, 256]))]);
  const slopes = Float32Array.from({ length: 512 }, (_, i) => 1e-4 * (1 + Math.floor(i / 128)));
  const scores = b.matMul(flat, b.constant(float32(slopes, [256, 2])));
  b.alias(b.add(scores, b.constant(float32([-1, 1]))), 'y');
  const value = (name: string, shape: (number | string)[]) => ({ name, type: 'float32' as const, shape });
  await writeOnnx(path, b.finish([value('x', ['N', 3, 8, 8])], [value('y', ['N', 2])]));
  return path;
}

it('inspect tells nothing of its own sample of noise, which attribute does', {
  timeout: 60_000,
}, async () => {
  const path = await tinyGradients();
  const model = await loadClassifier(path);
  const image = tensor(
    Float32Array.from({ length: 192 }, (_, i) => Math.sin(i * i)),
    [1, 3, 8, 8],
  );
  const notesOf = async (method: 'ablationcam' | 'gradcam++') =>
    (await attribute(model, method, image, [0])).notes.join();
  expect(await notesOf('ablationcam')).toContain("the target's output is negative");
  expect(await notesOf('gradcam++')).toContain('the gradients are so small');
  const { methods } = JSON.parse((await runLine('inspect', path, '--json')).out.join('\n'));
  for (const method of ['ablationcam', 'gradcam++']) expect(methods).toContainEqual({ method, runs: true });
});
