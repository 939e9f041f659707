import { expect, it } from 'vitest';
import { int } from '../attributes.js';
import { startGraph } from '../builder.js';
import { refuseTraining } from './canonical.js';

it('refuses normalisation by batch statistics, not by running ones', () => {
  const graph = (mode: number, of = 'x') => {
    const b = startGraph('training');
    b.emit('BatchNormalization', [of, 's', 'b', 'm', 'v'], { training_mode: int(mode) }, 'layer3/bn');
    return b.finish([{ name: 'x', type: 'float32', shape: ['N', 4] }], []);
  };
  expect(() => refuseTraining(graph(1))).toThrow(
    "node 'layer3/bn' (BatchNormalization) has training_mode = 1",
  );
  expect(() => refuseTraining(graph(0))).not.toThrow();
  expect(() => refuseTraining(graph(1, 'weights'))).not.toThrow();
});
