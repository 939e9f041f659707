import { afterAll, expect, it } from 'vitest';
import { onnxRuntime } from '../engine/onnxruntime.js';
import { int, ints } from '../graph/attributes.js';
import { startGraph } from '../graph/builder.js';
import { float32 } from '../graph/elements.js';
import { classifierOf } from '../model/load.js';
import { normalFrom } from '../testing/normal.js';
import { attribute } from './attribute.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());
const normal = normalFrom('own shape');

/** A network of images `[N, 8, 6, 3]`, as Keras exports it. */
async function channelsLast() {
  const b = startGraph('last');
  const first = b.emit('Transpose', ['x'], { perm: ints([0, 3, 1, 2]) });
  const kernel = b.constant(float32(normal(2, 3, 3, 3).data, [2, 3, 3, 3]));
  const maps = b.relu(b.emit('Conv', [first, kernel], { pads: ints([1, 1, 1, 1]) }));
  b.alias(b.reduce('ReduceMean', maps, [2, 3], { keepdims: int(0) }), 'y');
  const value = (name: string, shape: (number | string)[]) => ({ name, type: 'float32' as const, shape });
  return classifierOf(b.finish([value('x', ['N', 8, 6, 3])], [value('y', ['N', 2])]), 'last.onnx', {
    engine,
  });
}

it("arrays are asked for in the model's own layout, which is taken", async () => {
  const model = await channelsLast();
  const asked: [method: string, option: string, shape: number[], takes: string][] = [
    ...['patternnet', 'patternattribution', 'pattern-local', 'activation-pattern', 'marginal-response'].map(
      (method): [string, string, number[], string] => [method, 'data', [40, 8, 6, 3], '[M,8,6,3]'],
    ),
    ['variance-share', 'data', [40, 8, 6, 3], '[M,8,6,3]'],
    ['gradient-shap', 'baselines', [4, 8, 6, 3], '[M,8,6,3]'],
    ['deeplift-shap', 'baselines', [4, 8, 6, 3], '[M,8,6,3]'],
    ['feature-permutation', 'baselines', [4, 8, 6, 3], '[M,8,6,3]'],
    ['integrated-gradients', 'baseline', [8, 6, 3], '[8,6,3] or [1,8,6,3] or [2,8,6,3]'],
    ['smoothgrad', 'noise', [2, 5, 8, 6, 3], '[2,draws,8,6,3]'],
    ['feature-ablation', 'segments', [8, 6, 3], 'each value [8,6,3]'],
    ['lrp', 'low', [8, 6, 3], '[3] or [8,6,3]'],
  ];
  const input = normal(2, 8, 6, 3);
  for (const [method, option, shape, takes] of asked) {
    const composite = method === 'lrp' ? { composite: 'epsilon-gamma-box' } : {};
    const explain = (data: ReturnType<typeof normal>) =>
      attribute(model, method as 'patternnet', input, [0, 1], { ...composite, [option]: data } as object);
    await expect(explain(normal(...shape.slice(0, -1), 5)), method).rejects.toThrow(takes);
    const given = normal(...shape);
    const data = option === 'segments' ? given.data.map((_, i) => i % 4) : given.data;
    const { map } = await explain({ ...given, data });
    expect(map.shape.slice(-3), method).toEqual([8, 6, 3]);
  }
});
