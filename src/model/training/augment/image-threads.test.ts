import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, it } from 'vitest';
import { seededRandom } from '../../../base/random.js';
import type { Tensor } from '../../../tensor/tensor.js';
import { type Change, changedImage } from './changed-image.js';
import { type ImageChanger, imageChanger, onThisThread, onThreads } from './image-threads.js';
import { augmentations } from './parse.js';

const random = seededRandom('threads');
/** A view into a larger array. */
const image: Tensor = {
  data: Float32Array.from({ length: 5 + 2 * 12 * 12 }, () => random.uniform()).subarray(5),
  shape: [2, 12, 12],
};
const every = Object.values(augmentations).map(({ name, strength }) => ({ name, strength }));
const asked = (id: string, changes: Partial<Change['changes']> = {}): Change => ({
  ...{ id, image, seed: 7, view: 'view 1 ' },
  changes: { augment: every, hide: 0.5, mean: [0.2, 0.7], ...changes },
});
const failing = () => new Worker('throw new Error("no memory for it")', { eval: true });
let opened: ImageChanger | undefined;
afterEach(() => opened?.close());

describe('images that are changed on threads', () => {
  it('are those of the calling thread, in the order asked, and leave the image', async () => {
    opened = onThreads(2);
    const before = image.data.slice();
    const all = Array.from({ length: 9 }, (_, i) => asked(`image ${i}`));
    const found = await Promise.all(all.map((one) => opened!.change(one)));
    expect(found).toEqual(all.map(changedImage));
    expect(new Set(found.map(({ data }) => data.join())).size).toBe(9);
    expect(image.data).toEqual(before);
  });

  it('end with the error of their thread, also those that are asked for later', async () => {
    opened = onThreads(1, failing);
    await expect(opened.change(asked('first'))).rejects.toThrow('no memory for it');
    await expect(opened.change(asked('second'))).rejects.toThrow('no memory for it');
  });

  it('are given up when the threads are closed', async () => {
    opened = onThreads(1);
    const waiting = opened.change(asked('late'));
    const outcome = expect(waiting).rejects.toThrow('ended with exit code');
    await opened.close();
    await outcome;
  });
});

it('no thread is started where nothing is changed', () => {
  expect(imageChanger(4, { augment: [], hide: 0 })).toBe(onThisThread);
  expect(imageChanger(0, { augment: every, hide: 1 })).toBe(onThisThread);
});
