import type { Split } from '../record.js';

const names: Readonly<Record<string, Split>> = {
  train: 'train',
  training: 'train',
  trainset: 'train',
  val: 'validation',
  valid: 'validation',
  validation: 'validation',
  dev: 'validation',
  test: 'test',
  testing: 'test',
  testset: 'test',
};

/** The part of a split that a folder or a cell names, if it is one. */
export const splitNamed = (name: string): Split | undefined => {
  const plain = name.toLowerCase().replace(/[\s_-]*(20\d\d|set)$/, '');
  return Object.hasOwn(names, plain) ? names[plain] : undefined;
};

/** The part that a relative path's folders name, the innermost first. */
export const splitOfPath = (path: string): Split | undefined =>
  path
    .split('/')
    .slice(0, -1)
    .reverse()
    .map(splitNamed)
    .find((split) => split !== undefined);
