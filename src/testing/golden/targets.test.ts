import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { attribute } from '../../attribution/attribute.js';
import { attributeInputs } from '../../attribution/several-inputs.js';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import { readOnnx } from '../../graph/read.js';
import { loadClassifier } from '../../model/load.js';
import { predict } from '../../model/predict.js';
import { ask } from '../../model/questions/ask.js';
import { targetOf } from '../../model/target.js';
import { readNpy } from '../../tensor/npy.js';
import { type Tensor, toFloat32 } from '../../tensor/tensor.js';
import { sharedIsThere, sharedPath } from '../shared.js';

interface Entry {
  readonly model: string;
  readonly target: string;
  readonly value: readonly number[];
  readonly gradcam_layer: string;
}

const at = (...parts: string[]) => sharedPath('golden', 'targets', ...parts);
const array = async (...parts: string[]) => toFloat32(await readNpy(at(...parts)));
const engine = onnxRuntime();
afterAll(() => engine.dispose());

/** The targets in the words of `--target`. */
const spellings: Readonly<Record<string, string>> = {
  'region-given-sum': `region:1@${at('unet', 'region-given-sum.mask.npy')}(sum)`,
  'region-given-mean': `region:1@${at('unet', 'region-given-mean.mask.npy')}`,
  'region-predicted-mean': 'region:1@predicted',
  'region-lesion-mean': 'region:1@predicted(largest)',
  'region-against': `region:1-0@${at('unet', 'region-given-mean.mask.npy')}`,
  'box-class-2': `box:${at('detector', 'box-class-2.boxes.npy')}@2`,
  'class-2': 'class:2',
  'class-3-0': 'class:3-0',
  'class-1': 'class:1',
  'probability-2': 'probability:2',
  'log-probability-2': 'log-probability:2',
  'log-odds-2': 'log-odds:2',
  age: 'output:age',
  similarity: `similarity:embedding@${at('heads', 'similarity.reference.npy')}`,
};

function expectClose(found: Tensor, wanted: Tensor) {
  const most = wanted.data.reduce((greatest, value) => Math.max(greatest, Math.abs(value)), 0);
  expect(found.data.length).toBe(wanted.data.length);
  const far = found.data.reduce((worst, value, i) => Math.max(worst, Math.abs(value - wanted.data[i]!)), 0);
  expect(far).toBeLessThanOrEqual(1e-4 * most);
}

describe.skipIf(!sharedIsThere)('reference targets', () => {
  const index: readonly Entry[] = sharedIsThere ? JSON.parse(readFileSync(at('index.json'), 'utf8')) : [];
  for (const { model: name, target, value, gradcam_layer: layer } of index) {
    if (name === 'two-inputs') {
      it(`${name}: ${target}`, async () => {
        const given = { image: await array(name, 'image.npy'), clinical: await array(name, 'clinical.npy') };
        const graph = await readOnnx(at(name, 'model.onnx'));
        const mapsOf = async (method: string, options = {}) => {
          const asked = { name, engine, target: 'class:1' };
          return (await attributeInputs(graph, given, asked, method, 'class:1', options)).maps;
        };
        const [slopes, path] = [
          await mapsOf('gradient'),
          await mapsOf('integrated-gradients', { steps: 32 }),
        ];
        for (const input of Object.keys(given)) {
          expectClose(slopes[input]!, await array(name, `${target}.gradient.${input}.npy`));
          expectClose(path[input]!, await array(name, `${target}.ig32.${input}.npy`));
        }
        const cam = await mapsOf('gradcam', { layer, relu: false, upsample: 'none' });
        expectClose(cam.map!, await array(name, `${target}.gradcam.npy`));
      });
      continue;
    }
    it(`${name}: ${target}`, async () => {
      const asked = spellings[target]!;
      const model = await loadClassifier(at(name, 'model.onnx'), { engine, target: asked });
      const x = await array(name, 'x.npy');
      const question = await ask(model, targetOf(asked), x);
      const outputs = await predict(question.model, x);
      for (const [row, column] of question.targets.entries())
        expect(outputs.data[row * outputs.shape[1]! + column]).toBeCloseTo(value[row]!, 4);
      const wanted = (file: string) => array(name, `${target}.${file}.npy`);
      const { map } = await attribute(model, 'gradient', x, asked);
      expectClose(map, await wanted('gradient.x'));
      const path = await attribute(model, 'integrated-gradients', x, asked, { steps: 32 });
      expectClose(path.map, await wanted('ig32.x'));
      const cam = await attribute(model, 'gradcam', x, asked, { layer, relu: false, upsample: 'none' });
      expectClose(cam.map, await wanted('gradcam'));
    });
  }
});
