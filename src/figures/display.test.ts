import { expect, test } from 'vitest';
import { displayHtml, inNotebook } from './display.js';
import { runHere } from './here.js';

test('outside a notebook it says where a figure can go instead', () => {
  expect(inNotebook()).toBe(false);
  expect(() => displayHtml('<b>1</b>')).toThrow('only a notebook can show this');
});

test('an interrupt stops the work, and leaves no listener behind', async () => {
  const before = process.listenerCount('SIGINT');
  const aborted = await runHere(async ({ signal }) => {
    process.emit('SIGINT');
    return signal?.aborted;
  });
  expect(aborted).toBe(true);
  expect(process.listenerCount('SIGINT')).toBe(before);
});
