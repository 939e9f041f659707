import { afterAll, expect, it } from 'vitest';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import { startGraph } from '../../graph/builder.js';
import { tensor } from '../../tensor/tensor.js';
import { passing, value } from '../../testing/passing.js';
import { classifierOf } from '../load.js';
import { parseTarget } from '../target.js';
import { ask } from './ask.js';
import { neededTarget, offersOf } from './offers.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());

it('offers targets in words that it understands', async () => {
  const named = passing([3]);
  const model = await classifierOf(named, 'passing.onnx', { engine, classes: ['a', 'b', 'c'] });
  const words = offersOf(named, model).map(({ target }) => target);
  expect(words).toEqual([
    ...['class:0', 'class:1', 'class:2', 'class:2-0', 'probability:2', 'log-probability:2', 'log-odds:2'],
  ]);
  for (const word of words) await ask(model, parseTarget(word), tensor(Float32Array.of(1, 2, 3), [1, 3]));
  const b = startGraph('heads');
  b.alias('x', 'scores');
  b.alias(b.reduce('ReduceSum', 'x', [1]), 'age');
  b.alias(b.reshape('x', [-1, 3, 1, 1]), 'map');
  const outputs = [value('scores', ['N', 3]), value('age', ['N', 1]), value('map', ['N', 3, 1, 1])];
  const heads = b.finish([value('x', ['N', 3])], outputs);
  const offered = offersOf(heads, await classifierOf(heads, 'heads.onnx', { engine }));
  expect(offered.map(({ target }) => target)).toEqual(
    expect.arrayContaining(['class:1', 'output:age', 'output:age@0', 'region:0@predicted']),
  );
});

it('counts the numbers of an output whose length the file leaves open as they are', async () => {
  const b = startGraph('open');
  b.alias(b.mul('x', 2), 'scores');
  b.alias(b.mul('x', 3), 'embedding');
  const outputs = [value('scores', ['N', 3]), value('embedding', ['N', 'embedding_dim_1'])];
  const file = b.finish([value('x', ['N', 3])], outputs);
  const told = offersOf(file, await classifierOf(file, 'open.onnx', { engine }));
  expect(told.find(({ target }) => target === 'output:embedding[0]')!.explains).toMatch(
    /^one of the (3 )?numbers of 'embedding'$/,
  );
});

it('offers the one number of an output as it is too, by its name', async () => {
  const b = startGraph('one');
  b.alias(b.reduce('ReduceSum', 'x', [1]), 'age');
  const one = b.finish([value('x', ['N', 3])], [value('age', ['N', 1])]);
  const words = async (head?: 'sigmoid') =>
    offersOf(one, await classifierOf(one, 'one.onnx', { engine, ...(head && { head }) })).map(
      ({ target }) => target,
    );
  expect(await words()).toEqual(expect.arrayContaining(['probability:0', 'output:age', 'output:age@0']));
  expect(await words('sigmoid')).not.toContain('output:age');
});

it('needs a target for maps and boxes, none for scores in any shape', () => {
  const shapes = {
    scores: ['N', 3],
    places: ['N', 3, 1, 1],
    place: ['N', 1, 3],
    behind: [1, 'N', 3],
    between: [3, 'N', 1],
    map: ['N', 3, 8, 8],
    boxes: ['N', 9, 6],
  };
  const needed = Object.entries(shapes).map(([name, shape]) => {
    const b = startGraph('net');
    b.alias('x', name);
    return neededTarget(b.finish([value('x', ['N', 3])], [value(name, shape)]));
  });
  expect(needed).toEqual([...Array(5).fill(undefined), 'region:0@predicted', 'box:0,0,1,1@0']);
  const signal = startGraph('waves');
  signal.alias('x', 'waves');
  const waves = signal.finish([value('x', ['N', 2, 40])], [value('waves', ['N', 4, 40])]);
  expect(neededTarget(waves)).toBe('region:0@predicted');
});
