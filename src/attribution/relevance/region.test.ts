import { afterAll, expect, it } from 'vitest';
import { seededRandom } from '../../base/random.js';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import { buildNetwork } from '../../model/architectures/architecture.js';
import { architectures } from '../../model/architectures/registry.js';
import { classifierOf } from '../../model/load.js';
import { predict } from '../../model/predict.js';
import { ask } from '../../model/questions/ask.js';
import { parseTarget } from '../../model/target.js';
import { tensor } from '../../tensor/tensor.js';
import { attribute } from '../attribute.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());

it('LRP conserves the value of a region up to the residual that it states', async () => {
  const graph = buildNetwork(architectures.unet, [1, 16, 16], 2, { width: 4 }, seededRandom(1));
  const text = 'region:1-0@annotated(sum)';
  const model = await classifierOf(graph, 'unet.onnx', { engine, target: text, layout: 'NCHW' });
  const random = seededRandom(2);
  const input = tensor(
    Float32Array.from({ length: 512 }, () => random.normal()),
    [2, 1, 16, 16],
  );
  const annotated = tensor(
    Float32Array.from({ length: 512 }, (_, p) => Number(p % 16 > 9)),
    [2, 1, 16, 16],
  );
  const question = await ask(model, parseTarget(text), input, { annotated });
  const { data, shape } = await predict(question.model, input);
  for (const composite of ['epsilon', 'epsilon-plus'] as const) {
    const { map, residual } = await attribute(model, 'lrp', input, text, { composite }, { annotated });
    for (const [sample, column] of question.targets.entries()) {
      const value = data[sample * shape[1]! + column]!;
      const sum = map.data.slice(sample * 256, (sample + 1) * 256).reduce((a, b) => a + b, 0);
      expect(Math.abs(sum + residual![sample]! - value) / Math.abs(value)).toBeLessThan(1e-4);
    }
  }
});
