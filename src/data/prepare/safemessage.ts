import { basename, dirname, extname } from 'node:path';
import { toldOf } from '../../base/errors.js';
import type { ImageRecord } from '../record.js';

/**
 * An error's message without the path and file name of its image, which may identify a patient. A name that
 * is a mere word, such as `set` or `text`, goes only where it stands for a file: the message may use the
 * word.
 */
export function safeMessage(
  error: unknown,
  { path, regions }: Pick<ImageRecord, 'path' | 'regions'>,
): string {
  const paths = [path, ...regions.flatMap((region) => (region.kind === 'file' ? [region.path] : []))];
  const secrets = paths.flatMap((p) => [p, dirname(p), basename(p), basename(p, extname(p))]);
  return [...new Set(secrets)]
    .filter((secret) => secret.length > 2)
    .sort((a, b) => b.length - a.length)
    .reduce((message, secret) => message.replaceAll(occurrences(secret), '<file>'), toldOf(error))
    .replace(/^<file>(: |\/)/, '');
}

/** Where a name stands whole, and, where it is a mere word, as a part of a path, in quotes or first. */
function occurrences(name: string): RegExp {
  const literal = name.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
  const whole = `(?<![\\p{L}\\p{N}])${literal}(?![\\p{L}\\p{N}])`;
  if (!/^\p{L}+$/u.test(name)) return new RegExp(whole, 'gu');
  return new RegExp(`(?<=[/\\\\'"])${whole}|${whole}(?=[/\\\\'"]|\\.\\w)|^${whole}(?=:)`, 'gu');
}
