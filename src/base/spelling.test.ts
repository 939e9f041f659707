import { expect, it } from 'vitest';
import { camelCase, camelKeys, kebabCase, kebabKeys } from './names.js';

it.each([
  ['zeroBias', 'zero-bias'],
  ['epsilon', 'epsilon'],
])('%s is %s on the command line', (camel, kebab) => {
  expect(kebabCase(camel)).toBe(kebab);
  expect([camel, kebab].map(camelCase)).toEqual([camel, camel]);
});

it('converts the keys of an object, not its values', () => {
  expect(camelKeys({ zeroBias: 'a-b', k: 1 })).toEqual({ zeroBias: 'a-b', k: 1 });
  expect(kebabKeys({ zeroBias: 'aB', k: 1 })).toEqual({ 'zero-bias': 'aB', k: 1 });
});
