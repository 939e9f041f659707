import { expect, it } from 'vitest';
import { chanceLines } from './audit.js';

const why = 'the accuracy of 50.0 % is not above the 50.0 % of always giving the commonest answer';

it('says which model does not tell the classes apart, and nothing of one that does', () => {
  expect(chanceLines({ shortcut: undefined, innocent: undefined })).toEqual([]);
  expect(chanceLines({ shortcut: undefined, innocent: why })).toEqual([
    expect.stringMatching(`^the innocent model may not have learned the task: of test images, ${why}`),
  ]);
  expect(chanceLines({ shortcut: why, innocent: undefined })).toEqual([
    `the model with the shortcut may not tell the classes of images without the marker apart: of test images, ${why}`,
  ]);
});
