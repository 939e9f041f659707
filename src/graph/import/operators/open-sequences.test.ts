import { afterAll, expect, it } from 'vitest';
import { attribute } from '../../../attribution/attribute.js';
import { onnxRuntime } from '../../../engine/onnxruntime.js';
import { classifierOf } from '../../../model/load.js';
import { normalFrom } from '../../../testing/normal.js';
import { int } from '../../attributes.js';
import { type Builder, startGraph } from '../../builder.js';
import { int64 } from '../../elements.js';
import { openSequences } from './open-sequences.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());
const normal = normalFrom('sequences');
const [first, last] = [normal(6, 6), normal(4, 3)];

/** Scores of six features, of which `parts` makes four. */
function network(parts: (b: Builder, features: string) => string) {
  const b = startGraph('net');
  const features = b.emit('Tanh', [b.emit('MatMul', ['x', b.constant(first)])]);
  b.emit('MatMul', [parts(b, features), b.constant(last)], {}, 'y');
  const value = (name: string, shape: (number | string)[]) => ({ name, type: 'float32' as const, shape });
  return b.finish([value('x', ['N', 6])], [value('y', ['N', 3])]);
}

const lengths = int64([1, 2, 3]);
const sequence = (...places: number[]) =>
  network((b, features) => {
    const made = b.emit('SplitToSequence', [features, b.constant(lengths)], { axis: int(1) });
    const parts = places.map((at) => b.emit('SequenceAt', [made, b.constant(int64([at], []))]));
    return b.concat(parts, 1);
  });

it('follows a sequence of stated lengths that is read at stated places', async () => {
  const plain = network((b, features) => {
    const [one, , three] = b.emitAll('Split', [features, b.constant(lengths)], 3, { axis: int(1) });
    return b.concat([three!, one!], 1);
  });
  const input = normal(2, 6);
  const x = { data: input.data as Float32Array, shape: [2, 6] };
  const [own, expected] = await Promise.all(
    [sequence(-1, 0), plain].map(async (graph) => {
      const model = await classifierOf(graph, 'net.onnx', { engine });
      expect(model.alone).toBeUndefined();
      return attribute(model, 'gradient', x, [0, 2]);
    }),
  );
  expect(own!.map.data).toEqual(expected!.map.data);
});

it('leaves a sequence that is read beyond its end', () => {
  const graph = sequence(3, 0);
  expect(openSequences(graph).nodes.map(({ op }) => op)).toEqual(graph.nodes.map(({ op }) => op));
});
