import { expect, it } from 'vitest';
import { int } from '../attributes.js';
import { startGraph } from '../builder.js';
import { refuseTraining } from './training.js';

it('a normalisation by the statistics of the batch is refused by name, one by running statistics is not', () => {
  const graph = (mode: number) => {
    const b = startGraph('training');
    b.emit('BatchNormalization', ['x', 's', 'b', 'm', 'v'], { training_mode: int(mode) }, 'layer3/bn');
    return b.finish([], []);
  };
  expect(() => refuseTraining(graph(1))).toThrow(
    "node 'layer3/bn' (BatchNormalization) has training_mode = 1",
  );
  expect(() => refuseTraining(graph(0))).not.toThrow();
});
