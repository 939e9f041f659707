import { describe, expect, it } from 'vitest';
import { z } from 'zod/mini';
import { checked, measured, numbers, parseJson, whole, word } from './json.js';

const person = z.object({
  name: word,
  age: whole(18),
  kind: z.enum(['reader', 'patient']),
  spots: z.array(z.object({ place: numbers(2), score: z.optional(measured) })),
  weights: z.optional(numbers()),
  extra: z.optional(z.union([z.string(), z.boolean()])),
});
const good = { name: ' A ', age: 30, kind: 'reader', spots: [{ place: [1, 2], score: null }] };

describe('parseJson', () => {
  it('returns typed values, trimmed texts and NaN for null measurements', () => {
    expect(parseJson(JSON.stringify(good), person, 'a.json')).toEqual({
      ...good,
      name: 'A',
      spots: [{ place: [1, 2], score: Number.NaN }],
    });
  });

  it.each([
    ['{"name": "Smith"', 'a.json: no JSON (fault at position 16)'],
    ['{"name": Smith}', 'a.json: no JSON'],
    ['', 'a.json: no JSON (fault at its end)'],
    ['{"age": NaN}', 'a.json: no JSON (it holds NaN or Infinity, which JSON has not)'],
    ['[1, -Infinity]', 'a.json: no JSON (it holds NaN or Infinity, which JSON has not)'],
    ['{"age": 3}\n{"age": 4}', 'a.json: no JSON (it goes on after a first value, as JSON Lines do)'],
    ['[]', 'a.json: got []; it takes an object'],
    ['null', 'a.json: got null; it takes an object'],
    [{ ...good, name: undefined }, 'a.json: name: got nothing; it takes a text'],
    [{ ...good, name: ' ' }, 'a.json: name: got " "; it takes a text'],
    [{ ...good, age: '30' }, 'a.json: age: got "30"; it takes a whole number of at least 18'],
    [{ ...good, age: 1.5 }, 'a.json: age: got 1.5; it takes a whole number of at least 18'],
    [{ ...good, age: -1 }, 'a.json: age: got -1; it takes a whole number of at least 18'],
    [{ ...good, kind: 'doctor' }, 'a.json: kind: got "doctor"; it takes "reader" or "patient"'],
    [{ ...good, spots: {} }, 'a.json: spots: got an object; it takes a list'],
    [{ ...good, spots: [3] }, 'a.json: spots[0]: got 3; it takes an object'],
    [{ ...good, spots: [{ place: [1] }] }, 'a.json: spots[0].place: got [1]; it takes a list of 2 numbers'],
    [
      { ...good, spots: [{ place: [1, 2], score: 'high' }] },
      'a.json: spots[0].score: got "high"; it takes a number',
    ],
    [
      { ...good, weights: Array(9).fill('x') },
      'a.json: weights: got a list of 9; it takes a list of any number of numbers',
    ],
    [{ ...good, extra: 3 }, 'a.json: extra: got 3; it takes a text, or true or false'],
    [{ ...good, name: [`${'x'.repeat(100)}`] }, `a.json: name: got ["${'x'.repeat(55)}...; it takes a text`],
  ])('rejects in one line: %j', (given, message) => {
    const text = typeof given === 'string' ? given : JSON.stringify(given);
    expect(() => parseJson(text, person, 'a.json')).toThrow(
      expect.objectContaining({ kind: 'input', message }),
    );
  });

  it('ends the error with the advice', () => {
    expect(() => parseJson('[', person, 'a.json', 'remove it')).toThrow(
      'a.json: no JSON (fault at its end); remove it',
    );
    expect(() => parseJson('[]', person, 'a.json', 'remove it')).toThrow(
      'a.json: got []; it takes an object; remove it',
    );
  });

  it('names the part of a checked value', () => {
    expect(() => checked({ place: 1 }, z.object({ place: numbers(2) }), 'a.json', ['spots', 7])).toThrow(
      'a.json: spots[7].place: got 1; it takes a list of 2 numbers',
    );
  });
});
