import { createHmac } from 'node:crypto';
import { text } from '../base/options.js';

/**
 * The salted hash that stands for an identifier: HMAC-SHA-256 of `value` under `salt`, its first 64 bits in hexadecimal.
 * The same salt and value give the same pseudonym; without the salt it cannot be looked up.
 */
export function pseudonym(salt: string, value: string): string {
  return createHmac('sha256', salt).update(value.normalize('NFC').trim()).digest('hex').slice(0, 16);
}

/** The option that every data set takes. Its value is a secret: it belongs into no manifest and no log. */
export const identifierOptions = {
  salt: text({
    doc: 'Mixed into the hashes that stand for patients; give your own, secret one for archives that are not public',
    default: 'sightline',
  }),
};
