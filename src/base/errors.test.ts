import { describe, expect, it } from 'vitest';
import { inputError, messageOf, printable, toldOf } from './errors.js';

const systemError = (code: string) =>
  Object.assign(new Error(`${code}: library words`), { code, syscall: 'open', path: '/a/b' });

describe('control characters', () => {
  it.each([
    ['plain text, ä, 図, 😀', 'plain text, ä, 図, 😀'],
    ['\u001b[31mred\u0007', '\\u001b[31mred\\u0007'],
    ['two\nlines\tand\rmore', 'two\\nlines\\tand\\rmore'],
    ['\u009b2J \u007f', '\\u009b2J \\u007f'],
    ['\u202egnp.exe\u2066 \u2028', '\\u202egnp.exe\\u2066 \\u2028'],
  ])('of %j are shown escaped', (text, shown) => {
    expect(printable(text)).toBe(shown);
    expect(inputError(text).message).toBe(shown);
  });
});

describe('what a user is told', () => {
  it('is the message of an error of ours, and why the system refuses a file', () => {
    expect(toldOf(inputError('a.csv: no table'))).toBe('a.csv: no table');
    expect(toldOf(systemError('ENOSPC'))).toBe('/a/b: the disk is full');
    expect(toldOf(systemError('EXYZ'))).toBe('/a/b: the system refuses it (EXYZ)');
  });

  it('is no text of a fault in the program', () => {
    for (const fault of [new TypeError("Cannot read properties of undefined (reading 'x')"), 'text'])
      expect(toldOf(fault)).toMatch(/^this failed by a fault of Sightline itself; SIGHTLINE_DEBUG=1/);
  });

  it('is one line', () => {
    expect(messageOf(new Error('one\n  two'))).toBe('one two');
  });
});
