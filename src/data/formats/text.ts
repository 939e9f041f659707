import { inputError } from '../../base/errors.js';
import { isArchive, isForeign, kindOf } from '../decode/kind.js';

/**
 * Decodes an annotation file: UTF-8, or UTF-16 with or without a byte order mark. Throws for another
 * encoding, which would garble labels and names, and for an archive.
 */
export function textOf(bytes: Uint8Array, path: string, what: string): string {
  const kind = kindOf(bytes);
  if (isArchive(kind)) throw inputError(`${path}: it is ${kind}; unpack it: expected ${what}`);
  if (isForeign(kind))
    throw inputError(`${path}: it is ${kind}; save what it holds as text: expected ${what}`);
  const wide = wideEncoding(bytes);
  if (wide === 'utf-32') throw inputError(`${path}: it is UTF-32 text; save it as UTF-8: expected ${what}`);
  try {
    return new TextDecoder(wide ?? 'utf-8', { fatal: true }).decode(bytes);
  } catch {
    const before = Buffer.from(bytes).toString('utf8').split('\uFFFD', 1)[0]!;
    const line = before.split('\n').length;
    throw inputError(
      `${path}: line ${line} is no UTF-8 but perhaps Latin-1 or Windows-1252; save it as UTF-8 or UTF-16: expected ${what}`,
    );
  }
}

/** Detects UTF-16 and UTF-32 by the byte order mark or by the zero bytes of ASCII characters. */
function wideEncoding(bytes: Uint8Array): 'utf-16le' | 'utf-16be' | 'utf-32' | undefined {
  const [a, b, c, d] = bytes;
  if (a === 0xff && b === 0xfe) return c === 0 && d === 0 ? 'utf-32' : 'utf-16le';
  if (a === 0xfe && b === 0xff) return 'utf-16be';
  if (bytes.length < 4 || bytes.length % 2 !== 0) return undefined;
  if (a === 0 && b === 0) return 'utf-32';
  if (a === 0 && c === 0 && b !== 0) return 'utf-16be';
  if (b === 0 && d === 0) return c === 0 ? 'utf-32' : 'utf-16le';
  return undefined;
}
