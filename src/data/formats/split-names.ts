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

/** The usual names of splits, for errors. */
export const splitWords = 'train, validation, test';

/** The split that a folder name or cell means, if any. */
export const splitNamed = (name: string): Split | undefined => {
  const plain = name.toLowerCase().replace(/[\s_-]*(20\d\d|set)$/, '');
  return Object.hasOwn(names, plain) ? names[plain] : undefined;
};

/** The split that the folders of a relative path mean, innermost first. */
export const splitOfPath = (path: string): Split | undefined =>
  path
    .split('/')
    .slice(0, -1)
    .reverse()
    .map(splitNamed)
    .find((split) => split !== undefined);
