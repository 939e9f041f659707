import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { readOptions } from '../../base/options.js';
import { quietly } from '../../base/run.js';
import { inverted } from '../../data/changed-image.js';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import { exampleTask } from '../../testing/training-task.js';
import { temporaryTree } from '../../testing/tree.js';
import { type Answer, explainedBy } from './explained.js';
import { salienceOptions } from './options.js';
import { salienceHtml, salienceTable } from './report.js';
import { salienceControl } from './salience.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());

/** One relevance for each training and presence, given twice: the noise added, and taken away. */
const answers = (of: (training: Answer['training'], present: boolean) => number, noise: number): Answer[] =>
  (['absent', 'tied', 'independent'] as const).flatMap((training) =>
    [false, true].flatMap((present) =>
      [noise, -noise].map((by) => ({ training, present, relevance: of(training, present) + by })),
    ),
  );

it('presence and tie explain all of what they cause, and nothing of the other', () => {
  const presence = explainedBy(answers((_, present) => (present ? 3 : 1), 0));
  expect(presence.presence).toBeCloseTo(1, 12);
  expect(presence.tie).toBeCloseTo(0, 12);
  const tie = explainedBy(answers((training) => (training === 'tied' ? 3 : 1), 0));
  expect(tie.presence).toBeCloseTo(0, 12);
  expect(tie.tie).toBeCloseTo(1, 12);
});

it('explains shares of the variance by nested sums of squares', () => {
  // Presence adds 2, presence under a tie 3 more; twelve answers with a noise of 1 up and down.
  const found = explainedBy(answers((training, present) => (present ? (training === 'tied' ? 6 : 3) : 1), 1));
  // Means: 1 without; (6 + 3 + 3) / 3 = 4 with. Between presences 12 x 1.5^2 = 27, tie 2 x 4 + 4 x 1 = 12.
  expect(found.presence).toBeCloseTo(27 / (27 + 12 + 12), 12);
  expect(found.tie).toBeCloseTo(12 / (27 + 12 + 12), 12);
});

it('images are inverted when they are read', () => {
  const { train, ...task } = exampleTask(2, 8);
  const turned = inverted({ ...task, train });
  for (const [i, { image, labels }] of turned.train.entries()) {
    expect(labels).toEqual(train[i]!.labels);
    for (const [p, value] of image.data.entries()) expect(value).toBeCloseTo(1 - train[i]!.image.data[p]!, 6);
  }
});

it('a control asks trained and random networks, and resumes with the same answer', async () => {
  const out = await temporaryTree();
  const request = {
    data: { dataset: 'clinical', datasetOptions: { size: 32, images: 40 } },
    training: { architecture: 'cnn', width: 4, depth: 2, epochs: 1, hide: 0 },
    options: readOptions(
      salienceOptions,
      { methods: 'gradient,sobel', models: 1, explain: 4 },
      'salience-control',
    ),
    ...{ out, drawn: out },
  } as const;
  const salience = await salienceControl(request, engine, quietly);
  const [gradient, sobel] = salience.methods;
  expect(gradient!.method).toBe('gradient');
  // A filter without a model has the same map whatever the training.
  expect(sobel!.trained.tie).toBeCloseTo(0, 12);
  expect(sobel!.trained.presence).toBeGreaterThan(0.5);
  expect(sobel!.trained).toEqual(sobel!.random);
  expect(sobel!.relevance.tied.present).toBeGreaterThan(sobel!.relevance.tied.absent);
  expect(await salienceControl(request, engine, quietly)).toEqual(salience);
  const prepared = { ...request, data: { prepared: join(out, 'prepared') }, out: await temporaryTree() };
  const { task, target, images, models } = await salienceControl(prepared, engine, quietly);
  expect({ task, target, images, models }).toMatchObject({
    task: salience.task,
    target: salience.target,
    images: 4,
    models: 1,
  });
  expect(salienceTable(salience).rows.map(([name]) => name)).toEqual(['gradient', '~ sobel']);
  expect(salienceHtml(salience)).toContain('<td>sobel</td>');
}, 60_000);
