import { expect, test } from 'vitest';
import { notebookProgress } from './progress-notebook.js';

function watched() {
  const shown: string[] = [];
  let time = 0;
  const progress = notebookProgress(
    () => (html) => shown.push(html),
    () => time,
  );
  return { shown, progress, wait: (ms: number) => (time += ms) };
}

test('a cell that advances thousands of times sends a few messages', () => {
  const { shown, progress, wait } = watched();
  const step = progress.start('explaining', 5000);
  for (let i = 0; i < 5000; i++) {
    wait(0.5);
    step.advance();
  }
  step.done();
  expect(shown.length).toBe(11);
  expect(shown.at(-1)).toContain('5000/5000');
  expect(shown.at(-1)).toContain('width:100.0%');
});

test('labels and notes are shown as text', () => {
  const { shown, progress } = watched();
  progress.start('<b>', 2).advance(1, '<i>');
  expect(shown[0]).toContain('&lt;b&gt;');
  expect(shown[0]).toContain('50 %  1/2');
  expect(shown[0]).not.toMatch(/<b>|<i>/);
});

test('a step takes the place of an ended one of its kind, and of no running one', () => {
  const shown: string[][] = [];
  const progress = notebookProgress(() => {
    const own: string[] = [];
    shown.push(own);
    return (html) => own.push(html);
  });
  for (let epoch = 1; epoch <= 3; epoch++) progress.start(`epoch ${epoch} of 3`, 1).done();
  progress.start('testing', 1).done();
  expect(shown.map((own) => own.length)).toEqual([3, 1]);
  expect(shown[0]!.at(-1)).toContain('epoch 3 of 3');
  const steps = [1, 2].map((part) => progress.start(`part ${part}`, 4));
  for (const step of steps) step.advance();
  expect(shown).toHaveLength(4);
});
