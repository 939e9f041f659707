import { afterAll, expect, it } from 'vitest';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import { int } from '../../graph/attributes.js';
import { startGraph } from '../../graph/builder.js';
import { float32, int64 } from '../../graph/elements.js';
import { classifierOf } from '../../model/load.js';
import { normalFrom } from '../../testing/normal.js';
import { attribute } from '../attribute.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());
const normal = normalFrom('normalised');

it.each(['float32', 'float64'] as const)(
  'is zero before a normalisation of each map, where gradients cancel, in %s',
  async (precision) => {
    const b = startGraph('normalised');
    b.emit('Conv', ['x', b.constant(normal(4, 1, 3, 3))], {}, 'maps');
    const [scale, shift] = [float32([1, 2, 1, 3]), float32([0, 1, 0, -1])].map((of) => b.constant(of));
    const curved = b.tanh(b.emit('InstanceNormalization', ['maps', scale!, shift!]));
    const means = b.emit('ReduceMean', [curved, b.constant(int64([2, 3]))], { keepdims: int(0) });
    b.emit('MatMul', [means, b.constant(normal(4, 2))], {}, 'logits');
    const value = (name: string, shape: (number | string)[]) => ({ name, type: 'float32' as const, shape });
    const graph = b.finish([value('x', ['N', 1, 34, 34])], [value('logits', ['N', 2])]);
    const model = await classifierOf(graph, 'normalised', { engine, precision });
    const image = { data: normal(34 * 34).data as Float32Array, shape: [1, 1, 34, 34] };
    const options = { layer: 'maps', relu: false };
    const { map, notes } = await attribute(model, 'gradcam', image, [0], options);
    expect(Math.max(...map.data.map(Math.abs))).toBe(0);
    expect(notes).toContainEqual(expect.stringMatching(/^the map is zero everywhere/));
    const local = await attribute(model, 'hirescam', image, [0], options);
    expect(Math.max(...local.map.data.map(Math.abs))).toBeGreaterThan(1e-4);
  },
);
