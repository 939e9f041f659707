import { afterAll, describe, expect, it, vi } from 'vitest';
import { quietly } from '../../base/run.js';
import type { Sample, Task } from '../../data/sample.js';
import { unitsOf } from '../../data/units.js';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import { startGraph } from '../../graph/builder.js';
import { float32 } from '../../graph/elements.js';
import { exampleTask } from '../../testing/training-task.js';
import { classifierOf } from '../load.js';
import { predict } from '../predict.js';
import { batchOf } from './batches.js';
import { squaredError } from './loss.js';
import { errorsOf } from './regression.js';
import { train } from './train.js';

vi.setConfig({ testTimeout: 60_000 });
const engine = onnxRuntime();
afterAll(() => engine.dispose());
const context = { engine, run: quietly };

/** The brightness of each image, in an unit that is far from what networks begin with. */
function brightness(): Task {
  const task = exampleTask(96, 8);
  const valued = (sample: Sample): Sample => {
    const by = 1 + (Number(sample.id.split(' ')[1]) % 4);
    const image = { ...sample.image, data: sample.image.data.map((v) => v * by) };
    const mean = image.data.reduce((sum, v) => sum + v, 0) / image.data.length;
    return { ...sample, image, labels: [0], value: 1000 + 5 * mean };
  };
  const [learned, held] = [task.train.map(valued), task.validation.map(valued)];
  const regression = unitsOf(learned.map(({ value }) => value!));
  return { ...task, classes: ['brightness'], regression, train: learned, validation: held };
}

describe('a regression', () => {
  it('has the mean square in units of the spread as its loss, and its slopes', async () => {
    const [z, t, w] = [
      [1, -2, 0.5],
      [0, 1, 0.5],
      [0.2, 0.3, 0.5],
    ] as const;
    const builder = startGraph('squares');
    const { loss, seeds } = squaredError(2).emit(builder, {
      ...{ logits: 'z', targets: 't', weights: 'w', begun: '', classes: 1 },
    });
    const column = (name: string) => ({ name, type: 'float32' as const, shape: ['N', 1] });
    const program = await engine.compile(
      builder.finish(
        ['z', 't', 'w'].map(column),
        [loss, seeds.z!].map((name) => ({ name, type: 'float32' as const })),
      ),
    );
    const fed = (values: readonly number[]) => float32(Float32Array.from(values), [3, 1]);
    const found = await program.run({ z: fed(z), t: fed(t), w: fed(w) });
    await program.dispose();
    expect(found[loss]!.data[0]).toBeCloseTo(0.2 / 4 + (0.3 * 9) / 4, 6);
    expect([...(found[seeds.z!]!.data as Float32Array)]).toEqual(
      [(2 * 0.2) / 4, (2 * 0.3 * -3) / 4, 0].map((v) => expect.closeTo(v, 6)),
    );
  });

  it('measures absolute errors in the own unit, and the share of the variance', () => {
    const samples = [1, 2, 3].map((value) => ({ value }));
    const of = (...data: number[]) => errorsOf({ data: Float32Array.from(data), shape: [3, 1] }, samples);
    expect(of(1, 2, 3)).toEqual({ mae: 0, r2: 1 });
    expect(of(2, 2, 2)).toEqual({ mae: expect.closeTo(2 / 3, 9), r2: 0 });
    expect(of(1, 2, 5)).toEqual({ mae: expect.closeTo(2 / 3, 9), r2: -1 });
  });

  it('is learned in its own unit, and the stored network predicts a quantity', async () => {
    const task = brightness();
    const options = { architecture: 'logistic', epochs: 40, batch: 16, rate: 0.03, hide: 0 };
    const { graph, normalisation, best } = await train(task, options, context);
    expect(best.validation!.r2).toBeGreaterThan(0.9);
    expect(best.validation!.accuracy).toBeNaN();
    const model = await classifierOf(graph, 'brightness', { engine, target: 'output:brightness' });
    expect(model.head.link).toBe('none');
    const images = task.validation.map(({ image }) => image);
    const { r2, mae } = errorsOf(await predict(model, batchOf(images, normalisation)), task.validation);
    expect(r2).toBeCloseTo(best.validation!.r2!, 5);
    expect(mae).toBeCloseTo(best.validation!.mae!, 4);
  });

  it.each([
    [{ architecture: 'unet' }, "is a regression of 'brightness'; unet learns classes"],
    [{ monitor: 'auroc' }, "option 'monitor' of training got auroc; task sides is a regression: loss"],
    [{ smoothing: 0.1 }, "option 'smoothing' of training got 0.1; task sides is a regression: 0"],
  ])('refuses %o, which is for classes', async (options, said) => {
    await expect(train(brightness(), { epochs: 1, ...options }, context)).rejects.toThrow(said);
  });
});
