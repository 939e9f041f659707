import { writeFileSync } from 'node:fs';
import { afterAll, it } from 'vitest';
import { seededRandom } from '../../base/random.js';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import { formatOnnx } from '../../graph/write.js';
import { buildNetwork } from '../../model/architectures/architecture.js';
import { architectures } from '../../model/architectures/registry.js';
import { inForm } from '../../model/canonical.js';
import { classifierOf } from '../../model/load.js';
import { walkOf } from './lrp.js';
import { multiplierGraph } from './multipliers.js';
import { relevanceGraph } from './relevance.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());
it('dump', async () => {
  const graph = buildNetwork(architectures.resnet18!, [3, 224, 224], 10, {}, seededRandom(1));
  const model = await classifierOf(graph, 'r', { engine });
  writeFileSync('/tmp/rel/forward.onnx', formatOnnx(graph));
  const base = {
    epsilon: 1e-6,
    gamma: 0.25,
    low: undefined,
    high: undefined,
    'zero-bias': false,
    variant: 'sightline',
  } as const;
  for (const composite of ['epsilon', 'epsilon-plus', 'gamma'] as const) {
    const walked = walkOf({ ...base, composite }, model);
    const { builder, inputs, outputs } = relevanceGraph(inForm(model, walked.form), walked);
    writeFileSync(
      `/tmp/rel/${composite}.onnx`,
      formatOnnx(
        builder.finish(
          inputs,
          outputs.map((name) => ({ name, type: 'float32' as const })),
        ),
      ),
    );
  }
  writeFileSync('/tmp/rel/deeplift.onnx', formatOnnx(multiplierGraph(inForm(model, 'merged'), 'rescale')));
});
