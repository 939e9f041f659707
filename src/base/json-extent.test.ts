import { describe, expect, it } from 'vitest';
import { z } from 'zod/mini';
import { parseJson } from './json.js';
import { jsonFault } from './json-extent.js';

const limits = { depth: 4, memory: 10_000 };
const repeated = (text: string, times: number) => `[${Array(times).fill(text).join(',')}]`;

describe('the extent of a JSON text', () => {
  it.each([
    ['[[[[1]]]]', undefined],
    ['[[[[[1]]]]]', /deeper than 4 levels/],
    ['{"a":{"a":{"a":{"a":{}}}}}', /deeper than 4 levels/],
    ['{"a":"[[[[[[[[{{{{"}', undefined],
    ['["\\"[[[[[[[[["]', undefined],
    [']]]]][[[[1', undefined],
  ])('is known by depth: %s', (text, fault) => {
    if (fault === undefined) expect(jsonFault(text, limits)).toBeUndefined();
    else expect(jsonFault(text, limits)).toMatch(fault);
  });

  it.each([
    ['lists', '[]', 100, 200],
    ['objects', '{}', 100, 200],
    ['numbers', '1.5', 1000, 2000],
    ['numbers among others', '1.5,null', 100, 300],
    ['texts', '"12345678"', 100, 200],
    ['objects with the same key', '{"a":1}', 80, 150],
  ])('is known by the memory of %s', (_, part, few, many) => {
    expect(jsonFault(repeated(part, few), limits)).toBeUndefined();
    expect(jsonFault(repeated(part, many), limits)).toMatch(/more than 10000 bytes/);
  });

  it('counts a new key of every object more than one that they share', () => {
    const own = Array.from({ length: 60 }, (_, i) => `{"k${i}":1}`).join(',');
    expect(jsonFault(`[${own}]`, limits)).toMatch(/more than 10000 bytes/);
  });

  it('ends a text before it is parsed, in one line', () => {
    for (const text of ['['.repeat(100_000), '{"a":'.repeat(100_000)])
      expect(() => parseJson(text, z.unknown(), 'deep.json')).toThrow(
        /^deep\.json: it is nested deeper than 64 levels$/,
      );
  });
});
