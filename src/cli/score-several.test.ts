import { join } from 'node:path';
import { expect, it } from 'vitest';
import { int } from '../graph/attributes.js';
import { startGraph } from '../graph/builder.js';
import { float32 } from '../graph/elements.js';
import { writeOnnx } from '../graph/write.js';
import { writeNpy } from '../tensor/npy.js';
import { rows, type Tensor } from '../tensor/tensor.js';
import { runLine } from '../testing/command-line.js';
import { normalFrom } from '../testing/normal.js';
import { temporaryTree } from '../testing/tree.js';

const normal = normalFrom('score several');
const weights = normal(2, 1, 3, 3).data;
const value = (name: string, shape: (number | string)[]) => ({ name, type: 'float32' as const, shape });

/** Two scores: sums of relu(conv(image)), times those of the age squared, which is an input or `held`. */
function clinical(held?: Tensor) {
  const b = startGraph('clinical');
  const age = held ? b.constant(float32([...held.data], held.shape)) : 'age';
  const map = b.relu(b.emit('Conv', ['image', b.constant(float32([...weights], [2, 1, 3, 3]))]));
  const seen = b.reduce('ReduceSum', map, [2, 3], { keepdims: int(0) });
  const old = b.matMul(b.mul(age, age), b.constant(float32([0.1, 0.2, 0.3, 0.4], [2, 2])));
  b.emit('Mul', [seen, old], {}, 'y');
  const inputs = [value('image', ['N', 1, 6, 6]), ...(held ? [] : [value('age', ['N', 2])])];
  return b.finish(inputs, [value('y', ['N', 2])]);
}

const ages = normal(3, 2);
const images = normal(3, 1, 6, 6);
const maps = normal(3, 1, 6, 6);
async function files() {
  const root = await temporaryTree({});
  const at = (name: string) => join(root, name);
  await writeOnnx(at('model.onnx'), clinical());
  await writeNpy(at('age.npy'), ages);
  await writeNpy(at('x.npy'), images);
  await writeNpy(at('map.npy'), maps);
  const score = (metric: string, model: string, map: string, ...more: string[]) =>
    runLine(
      ...['score', '--metric', metric, '--map', at(map), '--model', at(model), '--targets', '1', ...more],
    );
  return { at, score, both: ['--input', `image=${at('x.npy')}`, '--input', `age=${at('age.npy')}`] };
}

it.each(['deletion', 'insertion', 'average-drop', 'sufficiency', 'completeness'])(
  '%s holds the other inputs at the values of each sample',
  async (metric) => {
    const { at, score, both } = await files();
    const { code, out, errors } = await score(metric, 'model.onnx', 'map.npy', ...both, '--hold', 'age');
    expect(code, errors.join()).toBe(0);
    const { values } = JSON.parse(out.join());
    expect(new Set(values).size).toBeGreaterThan(1);
    for (const i of [0, 1, 2]) {
      await writeOnnx(at(`model${i}.onnx`), clinical(rows(ages, i, i + 1)));
      await writeNpy(at(`x${i}.npy`), rows(images, i, i + 1));
      await writeNpy(at(`map${i}.npy`), rows(maps, i, i + 1));
      const alone = await score(metric, `model${i}.onnx`, `map${i}.npy`, '--input', at(`x${i}.npy`));
      expect(values[i]).toBeCloseTo(JSON.parse(alone.out.join()).values[0], 6);
    }
  },
);

it('says of the map of a table, beside held images, that pixels are changed', async () => {
  const { at, score, both } = await files();
  await writeNpy(at('weights.npy'), { data: Float32Array.of(1, 2, 3, 4, 6, 5), shape: [3, 2] });
  const { errors } = await score('deletion', 'model.onnx', 'weights.npy', ...both, '--hold', 'image');
  expect(errors.join()).toMatch(/a metric that changes pixels scores maps of images .* not of tables/);
});

it('says what is lacking where several inputs are given, or one of several', async () => {
  const { at, score, both } = await files();
  const of = async (...more: string[]) =>
    (await score('completeness', 'model.onnx', 'map.npy', ...more)).errors.join();
  expect(await of(...both)).toMatch(
    /a map of one input is scored, and 'image' \[N,1,6,6\], 'age' \[N,2\] are not held/,
  );
  expect(await of('--input', at('x.npy'))).toMatch(/attribute and score take several: each by --input NAME/);
  expect(await of('--input', at('x.npy'), '--hold', 'age')).toMatch(/--hold got 'age', and --input one file/);
  expect(await of('--input', `image=${at('x.npy')}`)).toMatch(/input 'age' \[N,2\] is not given/);
});
