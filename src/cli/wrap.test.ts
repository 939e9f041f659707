import { expect, it } from 'vitest';
import { columns, wrap, wrapCommand } from './wrap.js';

it('wraps words, and cuts what is longer than a line after its commas', () => {
  expect(wrap('one two three four', 9)).toEqual(['one two', 'three', 'four']);
  expect(wrap('see alpha,beta,gamma now', 12)).toEqual(['see alpha,', 'beta, gamma', 'now']);
  expect(wrap('unbreakable', 4)).toEqual(['unbreakable']);
});

it('continues a long command by lines that a shell reads as one', () => {
  const lines = wrapCommand('sightline train --data a --out b.onnx --epochs 40', 30);
  expect(lines).toEqual(['sightline train --data a \\', '    --out b.onnx --epochs 40']);
  const asTheShell = lines.join('\n').replaceAll(/ \\\n\s+/g, ' ');
  expect(asTheShell).toBe('sightline train --data a --out b.onnx --epochs 40');
});

it('keeps the second column within its own', () => {
  const rows = columns(
    [
      ['--a', 'short'],
      ['--long', 'a text of several words that is too long'],
    ],
    40,
  );
  expect(rows).toEqual([
    '  --a     short',
    '  --long  a text of several words that',
    '          is too long',
  ]);
});
