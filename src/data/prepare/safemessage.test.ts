import { describe, expect, it } from 'vitest';
import { inputError } from '../../base/errors.js';
import { safeMessage } from './safemessage.js';

describe('the message of an error about an image', () => {
  const told = (message: string) =>
    safeMessage(inputError(message), { path: '/data/doe-jane/scan7.png', regions: [] });

  it('names neither the file nor its folder', () => {
    expect(told('no mask for scan7 in /data/doe-jane')).toBe('no mask for <file> in <file>');
  });

  it('does not begin with the file, which is told beside it', () => {
    expect(told('/data/doe-jane/scan7.png: it is empty')).toBe('it is empty');
  });

  it.each([
    ['the folder', 'set', 'set/images.u8: prepare the set again', 'images.u8: prepare the set again'],
    ['the file', 'a/text.png', 'a/text.png: it is a text file', 'it is a text file'],
    ['its number', 'a/123.png', 'a/123.png: 123 of 1123 bytes', '<file> of 1123 bytes'],
    ['a quoted one', 'a/doe.png', "no mask for 'doe' or doe.tif", "no mask for '<file>' or <file>.tif"],
    ['a path within', 'doe', 'no mask in doe/m or x/doe', 'no mask in <file>/m or x/<file>'],
    ['a sign', 'a/doe (1)+.png', 'no doe (1)+ mask', 'no <file> mask'],
  ])('keeps its words, but not names such as %s', (_, path, message, wanted) => {
    expect(safeMessage(inputError(message), { path, regions: [] })).toBe(wanted);
  });
});
