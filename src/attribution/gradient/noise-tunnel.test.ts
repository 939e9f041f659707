import { afterAll, describe, expect, it } from 'vitest';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import { int, ints } from '../../graph/attributes.js';
import { type Builder, startGraph } from '../../graph/builder.js';
import { int64 } from '../../graph/elements.js';
import { classifierOf } from '../../model/load.js';
import { normalFrom } from '../../testing/normal.js';
import { attribute } from '../attribute.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());

const normal = normalFrom('noise tunnel');
const value = (name: string, shape: (number | string)[]) => ({ name, type: 'float32' as const, shape });
const input = normal(2, 1, 8, 8);

/** A network whose layer looks at a part of the image, and is read by its means alone. */
async function cropped(middle: (b: Builder, x: string) => string) {
  const b = startGraph('cropped');
  const part = b.slice('x', [{ axis: 2, start: 0, end: 4, step: 1 }]);
  const pads = { pads: ints([1, 1, 1, 1]) };
  b.emit('Tanh', [b.emit('Conv', [middle(b, part), b.constant(normal(3, 1, 3, 3))], pads)], {}, 'maps');
  const means = b.emit('ReduceMean', ['maps', b.constant(int64([2, 3]))], { keepdims: int(0) });
  b.alias(b.sub(b.emit('MatMul', [means, b.constant(normal(3, 2))]), 9), 'y');
  const graph = b.finish([value('x', ['N', 1, 8, 8])], [value('y', ['N', 2])]);
  return classifierOf(graph, 'cropped', { engine });
}

describe.each(['smoothgrad', 'smoothgrad-squared', 'vargrad'])('%s of another method', (method) => {
  it.each([
    ['guided-backprop', 1],
    ['deconvolution', 1],
    ['guided-gradcam', 2],
    ['gradcam', 1],
    ['hirescam', 2],
    ['xgradcam', 1],
    ['ablationcam', 2],
    ['gradient-shap', 0],
    ['lrp', 0],
    ['fullgrad', 0],
  ])('says of each copy what %s says, and its layer', async (of, least) => {
    const model = await cropped((_, x) => x);
    const own = await attribute(model, of, input, [0, 1]);
    const { notes, layer } = await attribute(model, method, input, [0, 1], { of, samples: 3 });
    const said = [...own.generalNotes, ...(own.sampleNotes ?? [])];
    expect(said.length).toBeGreaterThanOrEqual(least);
    expect(notes.toSorted()).toEqual(said.map((note) => `${of} of each copy: ${note}`).toSorted());
    expect(layer).toBe(own.layer);
  });

  it('tells the rounding before a layer only where a gradient passes it', async () => {
    const model = await cropped((b, x) => b.emit('Round', [x]));
    for (const of of ['gradcam', 'guided-gradcam', 'guided-backprop']) {
      const { networkNotes } = await attribute(model, method, input, [0, 1], { of, samples: 2 });
      const rounding = expect.stringMatching(/^values are rounded on the way/);
      expect(networkNotes).toEqual(of === 'gradcam' ? [] : [rounding]);
    }
  });
});

it('guided Grad-CAM names its layer, and what that does not show', async () => {
  const { layer, notes } = await attribute(await cropped((_, x) => x), 'guided-gradcam', input, [0, 1]);
  expect(layer).toBe('maps');
  expect(notes).toEqual([
    'the model has no ReLU or ReLU6: its guided part is the gradient',
    'the layer does not show all of the image: where it does not, the map is 0',
  ]);
});
