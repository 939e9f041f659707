import { text } from '../base/options.js';

/** The option of every data set. The salt is secret: never write it to a manifest or log. */
export const identifierOptions = {
  salt: text({
    doc: 'Salt of the hashes that replace patient identifiers; use a secret one for archives that are not public',
    default: 'sightline',
    private: true,
  }),
};
