import { afterAll, expect, it } from 'vitest';
import { onnxRuntime } from '../../../engine/onnxruntime.js';
import { normalFrom } from '../../../testing/normal.js';
import { type Attributes, int, ints, string } from '../../attributes.js';
import { startGraph } from '../../builder.js';
import { float32, numbers } from '../../elements.js';
import type { Graph } from '../../graph.js';
import { openBlocked } from './open-blocked.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());
const floats = (value: readonly number[]) => ({ kind: 'floats' as const, value });
const normal = normalFrom('blocked');
const weights = normal(16, 3, 3, 3);

/** A convolution of 16 channels, whole blocks of 8 and of 16, with its activation; it may be read twice. */
function graphOf(activation: string, parameters: Attributes = {}, twice = false): Graph {
  const b = startGraph('blocked');
  const attributes = { kernel_shape: ints([3, 3]), activation: string(activation), ...parameters };
  const made = b.emit('Conv', ['x', b.constant(weights)], attributes);
  const back = () => b.emit('ReorderOutput', [made], { channels: int(16) });
  b.emit('Add', [back(), twice ? back() : b.constant(float32([0.5], []))], {}, 'y');
  const graph = b.finish(
    [{ name: 'x', type: 'float32', shape: [2, 3, 6, 6] }],
    [{ name: 'y', type: 'float32' }],
  );
  const domain = 'com.microsoft.nchwc';
  const nodes = graph.nodes.map((node) => (node.op === 'Add' ? node : { ...node, domain }));
  return { ...graph, nodes, opsets: { ...graph.opsets, [domain]: 1 } };
}

const x = normal(2, 3, 6, 6);
async function outputOf(graph: Graph) {
  const program = await engine.compile(graph);
  const { y } = await program.run({ x });
  await program.dispose();
  return numbers(y!);
}

it.each<[string, Attributes]>([
  ['Sigmoid', {}],
  ['Relu', {}],
  ['Tanh', {}],
  ['HardSigmoid', { activation_params: floats([0.3, 0.4]) }],
])('an activation stands behind the layout that is taken back: %s', async (activation, parameters) => {
  const graph = graphOf(activation, parameters);
  const opened = openBlocked(graph);
  expect(opened.nodes.map(({ op }) => op)).toEqual(['Conv', 'ReorderOutput', activation, 'Add']);
  const [made, wanted] = await Promise.all([opened, graph].map(outputOf));
  for (const [i, value] of wanted!.entries()) expect(made![i]).toBeCloseTo(value, 4);
});

it.each([
  ['read twice', graphOf('Sigmoid', {}, true)],
  ['of another kind', graphOf('LeakyRelu', { activation_params: floats([0.1]) })],
])('an activation stays with its convolution: %s', (_, graph) => {
  expect(openBlocked(graph).nodes).toEqual(graph.nodes);
});
