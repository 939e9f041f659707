import { describe, expect, it } from 'vitest';
import { int } from '../attributes.js';
import { startGraph } from '../builder.js';
import { scalar } from '../elements.js';
import { refuseDraws, refuseTraining } from './refuse-training.js';

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

describe('numbers drawn at random', () => {
  const input = [{ name: 'x', type: 'float32' as const, shape: ['N', 4] }];
  const graphOf = (add: (b: ReturnType<typeof startGraph>) => string) => {
    const b = startGraph('draws');
    const output = add(b);
    return b.finish(input, [{ name: output, type: 'float32' }]);
  };
  const bool = (value: number) => ({ type: 'bool' as const, data: Uint8Array.of(value), shape: [] });
  const dropout = (training: number, ratio: number) =>
    graphOf((b) => {
      const set = b.constant(bool(training));
      return b.emit('Dropout', ['x', b.constant(scalar(ratio)), set], {}, 'head/drop');
    });

  it('refuses what draws on the way to the output, by its name', () => {
    const noisy = graphOf((b) => b.emit('Add', ['x', b.emit('RandomNormalLike', ['x'], {}, 'sample')]));
    expect(() => refuseDraws(noisy)).toThrow("node 'sample' (RandomNormalLike) draws numbers at random");
    expect(() => refuseDraws(dropout(1, 0.3))).toThrow("node 'head/drop' (Dropout with training_mode = 1)");
  });

  it('takes a Dropout at inference, one of ratio 0, and draws that no output needs', () => {
    for (const graph of [dropout(0, 0.3), dropout(1, 0)]) expect(() => refuseDraws(graph)).not.toThrow();
    const unused = graphOf((b) => {
      b.emit('RandomNormalLike', ['x']);
      return b.emit('Relu', ['x']);
    });
    expect(() => refuseDraws(unused)).not.toThrow();
  });

  it('finds what draws in a branch', () => {
    const body = graphOf((b) => b.emit('Bernoulli', ['x'], {}, 'inner'));
    const branched = graphOf((b) =>
      b.emit('If', [b.constant(bool(1))], { then_branch: { kind: 'graph', value: body } }),
    );
    expect(() => refuseDraws(branched)).toThrow("node 'inner' (Bernoulli)");
  });
});
