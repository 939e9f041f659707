import { expect, test } from 'vitest';
import { terminalProgress } from './progress-terminal.js';

function watched(isTTY: boolean) {
  let text = '';
  let time = 0;
  const terminal = { isTTY, columns: 100, write: (more: string) => (text += more) };
  const progress = terminalProgress(terminal, () => time);
  return { progress, wait: (ms: number) => (time += ms), text: () => text };
}

test('a terminal shows a bar, and a summary line at the end', () => {
  const { progress, wait, text } = watched(true);
  const step = progress.start('training', 4);
  wait(3000);
  step.advance(1, 'loss 0.5');
  expect(text()).toBe('\r\x1b[Ktraining  ██████░░░░░░░░░░░░░░░░░░  25 %  1/4  0:09 left  loss 0.5');
  wait(9000);
  step.advance(3);
  step.done();
  expect(text().split('\r\x1b[K').at(-1)).toBe('training: 4 in 0:12  loss 0.5\n');
});

test('limits how often the bar is redrawn', () => {
  const { progress, wait, text } = watched(true);
  const step = progress.start('scoring', 1000);
  for (let i = 0; i < 1000; i++) {
    wait(1);
    step.advance();
  }
  expect(text().split('\r').length - 1).toBe(10);
});

test('a step of less than two seconds leaves no output', () => {
  for (const isTTY of [true, false]) {
    const { progress, wait, text } = watched(isTTY);
    const step = progress.start('reading', 2);
    wait(50);
    step.advance(2);
    step.done();
    expect(text().replaceAll('\r\x1b[K', '')).toBe('');
  }
});

test('writes occasional plain lines to a file or pipe', () => {
  const { progress, wait, text } = watched(false);
  const step = progress.start('training', 100);
  for (let i = 0; i < 100; i++) {
    wait(1000);
    step.advance();
  }
  step.done();
  const lines = text().trimEnd().split('\n');
  expect(lines[0]).toBe('training: 2 %  2/100  1:38 left');
  expect(lines.at(-1)).toBe('training: 100 in 1:40');
  expect(lines.length).toBeLessThan(10);
  expect(text().includes('\r') || text().includes('\x1b')).toBe(false);
});

test('the summary of an unfinished step shows its progress', () => {
  const { progress, wait, text } = watched(false);
  const step = progress.start('training', 10);
  wait(2500);
  step.advance(3);
  step.done();
  expect(text()).toContain('training: 3 of 10 in 0:03');
});
