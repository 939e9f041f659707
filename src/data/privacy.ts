import { text } from '../base/options.js';

/** The option that every data set takes. Its value is a secret: it belongs into no manifest and no log. */
export const identifierOptions = {
  salt: text({
    doc: 'Mixed into the hashes that stand for patients; give your own, secret one for archives that are not public',
    default: 'sightline',
  }),
};
