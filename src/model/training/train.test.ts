import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { integer } from '../../base/options.js';
import { quietly } from '../../base/run.js';
import type { Task } from '../../data/sample.js';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import { recording } from '../../engine/recording.js';
import type { Graph } from '../../graph/graph.js';
import { writeOnnx } from '../../graph/write.js';
import { exampleTask } from '../../testing/training-task.js';
import { architecture as declareNetwork } from '../architectures/architecture.js';
import { dense, flatten, relu } from '../architectures/layers.js';
import { loadClassifier } from '../load.js';
import { predict } from '../predict.js';
import { batchOf } from './batches.js';
import type { History } from './history.js';
import { saveModel } from './metadata.js';
import { qualityOf } from './quality.js';
import { train } from './train.js';

vi.setConfig({ testTimeout: 60_000 });
const engine = onnxRuntime();
const context = { engine, run: quietly };
const folders: string[] = [];
const inFolder = async (name: string) => {
  const made = await mkdtemp(join(tmpdir(), 'sightline-'));
  folders.push(made);
  return join(made, name);
};
afterAll(async () => {
  await engine.dispose();
  for (const made of folders) await rm(made, { recursive: true });
});

const weightsOf = ({ initializers }: Graph) => [...initializers].map(([name, { data }]) => [name, data]);
const short = {
  architecture: 'resnet-small',
  width: 8,
  epochs: 4,
  batch: 8,
  augment: 'flip,shift,rotate,noise',
};

describe('train', () => {
  for (const [architecture, options] of [
    ['resnet-small', { width: 8 }],
    ['cnn', { width: 8, depth: 2 }],
    ['mlp', { width: 32, dropout: 0.1 }],
    ['vit-tiny', { patch: 4, width: 16, heads: 2, depth: 2, rate: 0.003 }],
    ['logistic', {}],
  ] as const) {
    it(`${architecture} fits a small training set`, async () => {
      // The class of an image that is hidden as a whole cannot be learned by heart.
      const given = { architecture, epochs: 30, batch: 8, rate: 0.01, hide: 0, ...options };
      const { history } = await train(exampleTask(24), given, context);
      expect(history.at(-1)!.train.accuracy).toBe(1);
    });
  }

  for (const [optimiser, rate] of [
    ['adam', 0.01],
    ['adamw', 0.01],
    ['sgd', 0.05],
  ] as const) {
    it(`${optimiser} generalises to validation images`, async () => {
      const given = { architecture: 'resnet-small', width: 8, epochs: 15, batch: 8, rate, optimiser };
      const { best } = await train(exampleTask(48), given, context);
      expect(best.validation!.accuracy).toBeGreaterThanOrEqual(0.95);
      expect(best.validation!.auroc).toBeGreaterThanOrEqual(0.95);
    });
  }

  it.each(['balanced', 'hard'])(
    'resumes to the bit with averages, a focal loss and %s samples',
    async (sampling) => {
      const own = { average: 0.9, sampling, focus: 2, views: 'turns', schedule: 'one-cycle' };
      const given = {
        architecture: 'mlp',
        width: 8,
        epochs: 3,
        batch: 8,
        augment: 'upend,transpose',
        ...own,
      };
      const task = exampleTask(24);
      const whole = await train(task, given, context);
      const checkpoint = await inFolder(`${sampling}.npz`);
      const stopped = train(task, given, {
        ...{ ...context, checkpoint },
        onEpoch: ({ length }) => {
          if (length === 2) throw new Error('stop');
        },
      });
      await expect(stopped).rejects.toThrow('stop');
      const resumed = await train(task, given, { ...context, checkpoint });
      expect(resumed.history).toEqual(whole.history);
      expect(weightsOf(resumed.graph)).toEqual(weightsOf(whole.graph));
    },
  );

  it('trains an own architecture with its options and records its name', async () => {
    const own = declareNetwork({
      name: 'two-layers',
      doc: 'Two linear layers.',
      options: { width: integer({ doc: 'of the first', default: 4, min: 1 }) },
      build(net, image, classes, { width }) {
        const first = relu(net, 'relu', dense(net, 'first', flatten(net, 'pixels', image), width));
        return dense(net, 'logits', first, classes);
      },
    });
    const { graph } = await train(exampleTask(8), { architecture: own, width: 6, epochs: 1 }, context);
    expect(graph.initializers.get('first.bias')!.shape).toEqual([6]);
    expect(JSON.parse(graph.metadata.sightline!).training.options).toMatchObject({
      architecture: 'two-layers',
      width: 6,
    });
    const taken = declareNetwork({ ...own, name: 'cnn' });
    await expect(train(exampleTask(8), { architecture: taken }, context)).rejects.toThrow(
      "there is a network 'cnn' already",
    );
  });

  it('learns several labels per sample with balanced weights', async () => {
    const { best } = await train(
      several(60),
      { ...short, epochs: 25, rate: 0.01, augment: 'none', classWeights: 'balanced' },
      context,
    );
    expect(best.validation!.balancedAccuracy).toBeGreaterThanOrEqual(0.9);
  });

  it('tells where what it monitors is undefined for the validation images', async () => {
    const task = exampleTask(20);
    const validation = task.validation.filter(({ labels }) => labels[0] === 0);
    const notes: string[] = [];
    const noting = { ...context, onNote: (line: string) => void notes.push(line) };
    const options = { ...short, epochs: 2, monitor: 'auroc' };
    const { best } = await train({ ...task, validation }, options, noting);
    expect([best.epoch, notes]).toEqual([2, [expect.stringMatching(/^auroc is undefined .* last epoch/)]]);
    notes.length = 0;
    await train(task, options, noting);
    expect(notes).toEqual([]);
  });

  it('gives weights that depend only on the seed', async () => {
    const [a, b, c] = [
      await train(exampleTask(20), { ...short, epochs: 2 }, context),
      await train(exampleTask(20), { ...short, epochs: 2 }, context),
      await train(exampleTask(20), { ...short, epochs: 2, seed: 1 }, context),
    ];
    expect(weightsOf(a.graph)).toEqual(weightsOf(b.graph));
    expect(weightsOf(a.graph)).not.toEqual(weightsOf(c.graph));
  });

  for (const [optimiser, as] of [
    ['adamw', 'cpu'],
    ['sgd', 'cpu'],
    ['sgd', 'cuda'],
  ] as const) {
    it(`a resumed training with ${optimiser} gives identical weights, as on ${as}`, async () => {
      const task = exampleTask(20);
      const context = { engine: recording(engine, as), run: quietly };
      const options = { ...short, optimiser, monitor: 'accuracy' };
      const whole = await train(task, options, context);
      const checkpoint = await inFolder('checkpoint.npz');
      const stop = new AbortController();
      let steps = 0;
      const advance = (by = 1) => {
        steps += by;
        if (steps >= 8) stop.abort();
      };
      const run = { signal: stop.signal, progress: { start: () => ({ advance, done() {} }) } };
      await expect(train(task, options, { ...context, run, checkpoint })).rejects.toThrow('stopped');
      const seen: number[] = [];
      const onEpoch = (history: History) => void seen.push(history.length);
      const other = onnxRuntime();
      const resumed = await train(task, options, {
        engine: recording(other, as),
        run: quietly,
        checkpoint,
        onEpoch,
      });
      await other.dispose();
      expect(seen).toEqual([3, 4]);
      expect(weightsOf(resumed.graph)).toEqual(weightsOf(whole.graph));
      expect(resumed.history).toEqual(whole.history);
    });
  }

  it('does nothing for the checkpoint of a finished training', async () => {
    const checkpoint = await inFolder('checkpoint.npz');
    const options = { ...short, epochs: 2 };
    const first = await train(exampleTask(12), options, { ...context, checkpoint });
    const again = await train(exampleTask(12), options, {
      ...context,
      checkpoint,
      onEpoch: () => expect.unreachable(),
    });
    expect(weightsOf(again.graph)).toEqual(weightsOf(first.graph));
  });

  it('stops after `patience` epochs and keeps the best weights', async () => {
    const task = exampleTask(12);
    const options = { ...short, epochs: 40, rate: 3, optimiser: 'sgd', schedule: 'constant', patience: 3 };
    const { history, best, graph } = await train(task, options, context);
    expect(history.length).toBe(best.epoch + 3);
    const { best: direct, graph: early } = await train(task, { ...options, epochs: best.epoch }, context);
    expect(direct.epoch).toBe(best.epoch);
    expect(weightsOf(graph)).toEqual(weightsOf(early));
  });

  it('writes a file with classes, preprocessing and provenance', async () => {
    const task = exampleTask(20);
    const trained = await train(task, { ...short, epochs: 6, rate: 0.01 }, context);
    const path = await inFolder('model.onnx');
    await saveModel(path, trained);
    const model = await loadClassifier(path, { engine });
    expect(model.classes).toEqual(['left', 'right']);
    expect(model.input.layout).toBe('NCHW');
    expect(model.input.normalisation).toEqual(trained.normalisation);
    const images = batchOf(
      task.validation.map(({ image }) => image),
      model.input.normalisation,
    );
    const quality = qualityOf(await predict(model, images, quietly), task.validation, false, [1, 1]);
    expect(quality.loss).toBeCloseTo(trained.best.validation!.loss, 5);
    const { training } = JSON.parse(model.graph.metadata.sightline!);
    expect(training).toMatchObject({
      task: 'sides',
      epoch: trained.best.epoch,
      options: { seed: 0, epochs: 6 },
    });
  });

  it('selects the lowest training loss without validation images', async () => {
    const { history, best } = await train({ ...exampleTask(12), validation: [] }, short, context);
    expect(best.validation).toBeUndefined();
    expect(best.train.loss).toBe(Math.min(...history.map(({ train }) => train.loss)));
  });
});

describe('train rejects', () => {
  const refused: [string, object, RegExp, ((task: Task) => Task)?][] = [
    [
      'an unknown architecture',
      { architecture: 'resnet-smal' },
      /'architecture' of training got "resnet-smal"/,
    ],
    [
      "another architecture's option",
      { architecture: 'mlp', with: 3 },
      /unknown option of training 'with'; did you mean 'width'/,
    ],
    ['an epoch count of zero', { epochs: 0 }, /'epochs' of training got 0/],
    [
      'an unknown augmentation',
      { augment: 'flipp' },
      /'augment' of training got "flipp"; it takes none, or some of/,
    ],
    ['too few class weights', { classWeights: '1' }, /got 1 numbers; the classes are 2: left, right/],
    ['no training images', {}, /no training images/, (task) => ({ ...task, train: [] })],
    [
      'two labels in a single-label task',
      {},
      /image train 0 has labels \[0,1\]/,
      (task) => ({ ...task, train: [{ ...task.train[0]!, labels: [0, 1] }] }),
    ],
    [
      'a label out of range',
      {},
      /has labels \[7\]/,
      (task) => ({ ...task, train: [{ ...task.train[0]!, labels: [7] }] }),
    ],
    [
      'images of another size',
      {},
      /has shape \[1,16,16\]; the task's is \[1,8,8\]/,
      (task) => ({ ...task, inputShape: [1, 8, 8] }),
    ],
  ];
  for (const [what, options, message, change] of refused) {
    it(what, async () => {
      const task = exampleTask(4);
      await expect(train(change?.(task) ?? task, { ...short, ...options }, context)).rejects.toThrow(message);
    });
  }

  it('a checkpoint of another training, and an invalid file', async () => {
    const checkpoint = await inFolder('checkpoint.npz');
    const options = { ...short, epochs: 1 };
    await train(exampleTask(8), options, { ...context, checkpoint });
    await expect(
      train(exampleTask(8), { ...options, rate: 0.5 }, { ...context, checkpoint }),
    ).rejects.toThrow(/belongs to another training .*'rate' was 0.001, is 0.5/);
    await expect(train(exampleTask(10), options, { ...context, checkpoint })).rejects.toThrow(/'train'/);
    const [first, ...others] = exampleTask(8).train;
    const brighter = { ...first!.image, data: first!.image.data.map((value) => value + 0.01) };
    const changed = { ...exampleTask(8), train: [{ ...first!, image: brighter }, ...others] };
    await expect(train(changed, options, { ...context, checkpoint })).rejects.toThrow(
      `'train': ${first!.id} has changed`,
    );
    const weights = await inFolder('begin.onnx');
    const begun = { ...context, checkpoint: await inFolder('begun.npz') };
    for (const seed of [1, 2]) {
      const { graph } = await train(exampleTask(8), { ...options, seed }, context);
      await writeOnnx(weights, graph);
      const again = train(exampleTask(8), { ...options, weights }, begun);
      if (seed === 1) await again;
      else await expect(again).rejects.toThrow("'weightsContent' was");
    }
    await writeFile(checkpoint, 'no zip');
    await expect(train(exampleTask(8), options, { ...context, checkpoint })).rejects.toThrow(
      /checkpoint.npz/,
    );
  });
});

/** Images with squares on the left, on the right, on both sides or on none. */
function several(count: number): Task {
  const task = exampleTask(count);
  const mixed = (samples: Task['train']) =>
    samples.map((sample, i) => {
      const other = samples[(i + 1) % samples.length]!;
      const kind = i % 4;
      const data = sample.image.data.map((v, p) =>
        kind === 3 ? Math.max(v, other.image.data[p]!) : kind === 2 ? Math.min(v, 0.4) : v,
      );
      const labels = kind === 3 ? [0, 1] : kind === 2 ? [] : sample.labels;
      return { ...sample, image: { ...sample.image, data }, labels };
    });
  return { ...task, multiLabel: true, train: mixed(task.train), validation: mixed(task.validation) };
}
