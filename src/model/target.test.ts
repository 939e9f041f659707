import { expect, it } from 'vitest';
import { parseTarget, publicly } from './target.js';

it.each([
  ['similarity:embedding@Mrs Smith/x.npy', 'similarity:embedding@file.npy'],
  ['region:1-0@/home/anna/mask.npy(sum)', 'region:1-0@file.npy(sum)'],
  ['graph:/home/anna/head.onnx@embedding', 'graph:file.onnx@embedding'],
  ['box:boxes.npy@2', 'box:file.npy@2'],
  ['region:1@predicted(largest)', 'region:1@predicted(largest)'],
  ['class:2-0', 'class:2-0'],
])('%s is written without the name of a file', (given, written) => {
  expect(publicly(parseTarget(given))).toBe(written);
});
