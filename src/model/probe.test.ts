import { afterAll, expect, it } from 'vitest';
import type { Engine } from '../engine/engine.js';
import { onnxRuntime } from '../engine/onnxruntime.js';
import { startGraph } from '../graph/builder.js';
import { int64 } from '../graph/elements.js';
import { probe } from './probe.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());

it('describes each value where it is made, so that none is kept to the end', async () => {
  const b = startGraph('chain');
  const relu = b.emit('Relu', ['x'], {}, 'relu');
  const sum = b.emit('ReduceSum', [relu, b.constant(int64([1]))], {}, 'sum');
  const input = { name: 'x', type: 'float32', shape: ['N', 3] } as const;
  const graph = b.finish([input], [{ name: sum, type: 'float32' }]);
  const ops: string[] = [];
  const watched: Engine = {
    ...engine,
    compile(given, options) {
      ops.push(...given.nodes.map(({ op }) => op));
      return engine.compile(given, options);
    },
  };
  const shapes = await probe(graph, input, [3], watched);
  expect(shapes.get(relu)).toEqual({ dims: [1, 3], batchAxis: 0, type: 'float32' });
  expect(shapes.get(sum)).toEqual({ dims: [1, 1], batchAxis: 0, type: 'float32' });
  expect(ops).toEqual(['Relu', 'Unsqueeze', 'Slice', 'ReduceSum', 'Unsqueeze', 'Slice']);
});
