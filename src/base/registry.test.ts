import { expect, it } from 'vitest';
import { registryOf } from './registry.js';

const [one, two] = [{ name: 'one' }, { name: 'two-plus' }] as const;

it('holds the members of all modules by their own names', () => {
  expect(registryOf({ first: one }, { second: two })).toEqual({ one, 'two-plus': two });
});

it('refuses two members of one name', () => {
  expect(() => registryOf({ one }, { other: { name: 'one' } })).toThrow("are called 'one'");
});
