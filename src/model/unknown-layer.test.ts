import { afterAll, beforeAll, expect, it } from 'vitest';
import { layerGradient } from '../api/layers.js';
import { onnxRuntime } from '../engine/onnxruntime.js';
import { int } from '../graph/attributes.js';
import { type Builder, startGraph } from '../graph/builder.js';
import { conv, pooled, weights } from '../testing/networks/six-by-six.js';
import type { Classifier } from './classifier.js';
import { classifierOf } from './load.js';
import { layerOf } from './maps/layer.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());

const score = (b: Builder, maps: string) => b.emit('MatMul', [pooled(b, maps), weights(b, 4, 2)]);
const value = (name: string, shape: (number | string)[]) => ({ name, type: 'float32' as const, shape });

let model: Classifier;
beforeAll(async () => {
  const b = startGraph('branches');
  const trunk = b.emit('Relu', [conv(b)], {}, 'trunk');
  b.alias(score(b, trunk), 's');
  b.emit('Softmax', ['s'], { axis: int(1) }, 'y');
  const side = b.emit('Conv', [trunk, weights(b, 4, 4, 1, 1)], {}, 'side');
  b.alias(score(b, side), 'side_scores');
  b.emit('Relu', [side], {}, 'dead_end');
  const both = b.emit('Mul', [side, trunk], {}, 'both');
  b.alias(score(b, both), 'more_scores');
  const outputs = ['y', 'side_scores', 'more_scores'].map((name) => value(name, ['N', 2]));
  const graph = b.finish([value('x', ['N', 3, 6, 6])], outputs);
  model = await classifierOf(graph, 'net.onnx', { engine });
});

it.each([
  ['of a branch', 'side', "leads to 'side_scores', 'more_scores' (option output explains another output)"],
  ['of a later branch', 'both', "leads to 'more_scores' (option"],
  ['behind the explained score', 'y', "leads to 'y' (option"],
  ['that nothing reads', 'dead_end', 'leads to no output of the file'],
])('a layer %s is said to be in the file', async (_, name, where) => {
  const said = `'${name}' is in the file, but the explained output 's' does not depend on it: it ${where}`;
  expect(() => layerOf(model, name)).toThrow(said);
  const input = { data: new Float32Array(108), shape: [1, 3, 6, 6] };
  await expect(layerGradient(model, input, [0], name)).rejects.toThrow(said);
});

it('a layer that the file does not have is unknown', () => {
  expect(() => layerOf(model, 'trunc')).toThrow("unknown layer 'trunc'; did you mean 'trunk'?");
});
