import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { quietly } from '../../base/run.js';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import { startGraph } from '../../graph/builder.js';
import { float32 } from '../../graph/elements.js';
import type { Graph } from '../../graph/graph.js';
import { drawn, values } from '../../testing/training-step.js';
import { maskedTask } from '../../testing/training-task.js';
import { temporaryTree } from '../../testing/tree.js';
import { withDice } from '../dice.js';
import { softmaxCrossEntropy } from './loss.js';
import { countPixels, noPixels, pixelQuality } from './pixel-quality.js';
import { train } from './train.js';

vi.setConfig({ testTimeout: 60_000 });
const engine = onnxRuntime();
afterAll(() => engine.dispose());
const context = { engine, run: quietly };

const options = {
  ...{ architecture: 'unet', encoder: 'cnn', width: 4, patch: 8, hide: 0, monitor: 'dice' },
  ...{ epochs: 10, batch: 4, rate: 0.02 },
};

describe('the Dice loss', () => {
  const [classes, size] = [3, 4];
  const shape = [2, classes, 2, 2];
  const logits = drawn('dice', shape);
  // The first sample's last pixel and the whole of a third do not count.
  const label = [0, 1, 2, 1, 1, 0, 2, 2];
  const weight = [0.1, 0.2, 0.3, 0, 0.1, 0.1, 0.1, 0.1];
  const targets = float32(
    Array.from({ length: 2 * classes * size }, (_, i) => {
      const [n, k, p] = [Math.floor(i / (classes * size)), Math.floor(i / size) % classes, i % size];
      return Number(label[n * size + p] === k);
    }),
    shape,
  );

  /** The definition, pixel by pixel. */
  function literal(z: readonly number[]): number {
    const both = [0, 0, 0];
    const all = [0, 0, 0];
    let loss = 0;
    for (let n = 0; n < 2; n++)
      for (let p = 0; p < size; p++) {
        const row = Array.from({ length: classes }, (_, k) => z[(n * classes + k) * size + p]!);
        const total = row.reduce((sum, v) => sum + Math.exp(v), 0);
        const [own, w] = [label[n * size + p]!, weight[n * size + p]!];
        loss -= w * Math.log(Math.exp(row[own]!) / total);
        if (w === 0) continue;
        for (let k = 0; k < classes; k++) {
          const share = Math.exp(row[k]!) / total;
          both[k]! += Number(own === k) * share;
          all[k]! += share + Number(own === k);
        }
      }
    const dice = (k: number) => (2 * both[k]! + 1) / (all[k]! + 1);
    return loss + 1 - (dice(1) + dice(2)) / 2;
  }

  it('is that of its definition, and its seeds are the finite differences', async () => {
    const builder = startGraph('dice');
    const loss = withDice(softmaxCrossEntropy);
    const names = { logits: 'z', targets: 't', weights: 'w', begun: '', classes };
    const made = loss.emit(builder, names);
    const input = (name: string, dims: readonly number[]) => ({
      ...{ name, type: 'float32' as const, shape: dims },
    });
    const graph = builder.finish(
      [input('z', shape), input('t', shape), input('w', [2, 1, 2, 2])],
      [made.loss, made.seeds.z!].map((name) => ({ name, type: 'float32' })),
    );
    const program = await engine.compile(graph);
    const found = await program.run({ z: logits, t: targets, w: float32(weight, [2, 1, 2, 2]) });
    await program.dispose();
    const z = values(logits);
    expect(values(found[made.loss])[0]).toBeCloseTo(literal(z), 5);
    const step = 1e-4;
    for (const [i, slope] of values(found[made.seeds.z!]).entries()) {
      const moved = (by: number) => literal(z.map((v, j) => (j === i ? v + by : v)));
      expect(slope).toBeCloseTo((moved(step) - moved(-step)) / (2 * step), 5);
    }
  });
});

describe('a segmentation network', () => {
  it('learns the marked pixels from patches, and gives whole images their scores', async () => {
    const task = maskedTask(32);
    const { graph, best, history } = await train(task, options, context);
    expect(graph.outputs[0]!.shape).toEqual(['N', 2, 16, 16]);
    expect(best.validation!.dice).toBeGreaterThan(0.8);
    expect(best.validation!.iou).toBeLessThan(best.validation!.dice!);
    expect(best.validation!.dice).toBe(Math.max(...history.map(({ validation }) => validation!.dice!)));
  });

  it('resumes to the bit, with the same patches', async () => {
    const task = maskedTask(8);
    const checkpoint = join(await temporaryTree(), 'unet.npz');
    const three = { ...options, epochs: 3, augment: 'flip,shift' };
    const whole = await train(task, three, context);
    const stopped = train(task, three, {
      ...{ ...context, checkpoint },
      onEpoch: ({ length }) => {
        if (length === 2) throw new Error('stop');
      },
    });
    await expect(stopped).rejects.toThrow('stop');
    const resumed = await train(task, three, { ...context, checkpoint });
    expect(resumed.history).toEqual(whole.history);
    expect(parameters(resumed.graph)).toEqual(parameters(whole.graph));
  });

  it('refuses tasks whose masks do not tell the class of every pixel', async () => {
    const task = maskedTask(8);
    const without = { ...task, train: task.train.map(({ mask: _, ...sample }) => sample) };
    await expect(train(without, options, context)).rejects.toThrow(/shows 'square' without a mask/);
    await expect(train({ ...task, multiLabel: true }, options, context)).rejects.toThrow(/several labels/);
    const marked = task.train.map((sample) => ({ ...sample, labels: [0] }));
    await expect(train({ ...task, train: marked }, options, context)).rejects.toThrow(/nothing marks/);
    await expect(train(task, { ...options, monitor: 'auroc' }, context)).rejects.toThrow(/got auroc/);
    await expect(train(task, { ...options, sampling: 'hard' }, context)).rejects.toThrow(/got hard/);
    await expect(train(task, { ...options, patch: 12 }, context)).rejects.toThrow(
      /maps of 1x1 cannot be doubled back to the 12x12/,
    );
  });
});

it('counts Dice and IoU by image, where a mask or a prediction has a pixel', () => {
  const [own] = maskedTask(2).train;
  const sample = (mask: readonly number[]) => ({
    ...{ ...own!, labels: [Math.max(...mask)], mask: { data: Uint8Array.from(mask), shape: [1, 4] } },
    image: { data: new Float32Array(4), shape: [1, 1, 4] },
  });
  const counts = noPixels(2);
  // Predicted are the pixels 1 1 0 0, then 0 0 0 0, then 0 0 0 1.
  const scores = [[1, 1, -1, -1], [-1, -1, -1, -1], [-1, -1, -1, 1]]; // biome-ignore format: a row for each image
  const data = Float32Array.from(scores.flatMap((row) => [0, 0, 0, 0, ...row]));
  const samples = [sample([0, 1, 1, 0]), sample([0, 0, 0, 0]), sample([0, 0, 0, 0])];
  countPixels(counts, { data, shape: [3, 2, 1, 4] }, samples, [1, 1]);
  const { dice, iou, accuracy, balancedAccuracy } = pixelQuality(counts);
  expect([dice, iou]).toEqual([(0.5 + 0) / 2, (1 / 3 + 0) / 2]);
  expect([accuracy, balancedAccuracy]).toEqual([9 / 12, (8 / 10 + 1 / 2) / 2]);
});

const parameters = ({ initializers }: Graph) => [...initializers].map(([name, { data }]) => [name, data]);
