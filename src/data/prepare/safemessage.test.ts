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
});
