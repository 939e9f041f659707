import { expect, it } from 'vitest';
import { seededRandom } from '../../base/random.js';
import { exampleTask } from '../../testing/training-task.js';
import { withShuffledLabels } from './shuffle-labels.js';

it('keeps the images and how many have each label, but not which have it', () => {
  const task = exampleTask(12);
  const { train, validation, test } = withShuffledLabels(task, seededRandom(1));
  const labels = (samples: typeof train) => samples.map((sample) => String(sample.labels));
  expect(train.map(({ image }) => image)).toEqual(task.train.map(({ image }) => image));
  expect(labels(train).sort()).toEqual(labels(task.train).sort());
  expect(labels(train)).not.toEqual(labels(task.train));
  expect([validation, test]).toEqual([train, task.test]);
});
