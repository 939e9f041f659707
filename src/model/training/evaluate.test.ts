import { describe, expect, it } from 'vitest';
import { quietly } from '../../base/run.js';
import type { Sample } from '../../data/sample.js';
import type { Engine, Program } from '../../engine/engine.js';
import { float32 } from '../../graph/elements.js';
import type { Graph } from '../../graph/graph.js';
import { scoresOf } from './evaluate.js';

const value = (name: string) => ({ name, type: 'float32' as const });
const graph = { inputs: [value('image')], outputs: [value('logits')] } as Partial<Graph> as Graph;

/** Two sessions that give the two pixels of each image; the later a run begins, the earlier it ends. */
function backwards() {
  const pending = { now: 0, most: 0 };
  const program: Program = {
    sessions: 2,
    async run({ image }) {
      pending.most = Math.max(pending.most, ++pending.now);
      await new Promise((resolve) => setTimeout(resolve, 40 - 10 * pending.now));
      pending.now--;
      const data = image!.data as Float32Array;
      return { logits: float32(data.slice(), [data.length / 2, 2]) };
    },
    state: async () => ({}),
    alive: () => true,
    dispose: async () => {},
  };
  const engine: Engine = { name: 'fake', compile: async () => program, dispose: async () => {} };
  return { engine, pending };
}

const samples = Array.from({ length: 150 }, (_, i) => {
  const image = { data: Float32Array.of(i, -i), shape: [1, 1, 2] };
  return { image } as Partial<Sample> as Sample;
});
const normalisation = { mean: [1], std: [2] };

describe('the logits of many samples', () => {
  it('are those of each sample, whichever batch is done first', async () => {
    const { engine, pending } = backwards();
    const { data, shape } = await scoresOf(graph, engine, samples, { normalisation }, quietly);
    expect(shape).toEqual([150, 2]);
    expect(Array.from(data)).toEqual(samples.flatMap((_, i) => [(i - 1) / 2, (-i - 1) / 2]));
    expect(pending.most).toBe(3);
  });

  it('are the means over the views', async () => {
    const sight = { normalisation, views: 'mirror' } as const;
    const { data } = await scoresOf(graph, backwards().engine, samples, sight, quietly);
    expect(Array.from(data)).toEqual(samples.flatMap(() => [-0.5, -0.5]));
  });
});
