import { expect, it } from 'vitest';
import { registryOf } from './registry.js';

const [one, two] = [{ name: 'one' }, { name: 'two-plus' }] as const;

it('holds the members of all modules by name', () => {
  expect(registryOf({ first: one }, { second: two })).toEqual({ one, 'two-plus': two });
});

it('throws when two members share a name', () => {
  expect(() => registryOf({ one }, { other: { name: 'one' } })).toThrow("are called 'one'");
});
