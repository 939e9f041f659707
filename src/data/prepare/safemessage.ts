import { basename, dirname, extname } from 'node:path';
import { toldOf } from '../../base/errors.js';
import type { ImageRecord } from '../record.js';

/** An error's message without the path and file name of its image, which may identify a patient. */
export function safeMessage(
  error: unknown,
  { path, regions }: Pick<ImageRecord, 'path' | 'regions'>,
): string {
  const paths = [path, ...regions.flatMap((region) => (region.kind === 'file' ? [region.path] : []))];
  const secrets = paths.flatMap((p) => [p, dirname(p), basename(p), basename(p, extname(p))]);
  return [...new Set(secrets)]
    .filter((secret) => secret.length > 2)
    .sort((a, b) => b.length - a.length)
    .reduce((message, secret) => message.replaceAll(secret, '<file>'), toldOf(error))
    .replace(/^<file>: /, '');
}
