import { text } from '../base/options.js';

/** The option of every data set. The salt is secret: never write it to a manifest or log. */
export const identifierOptions = {
  salt: text({
    doc: 'Mixed into the hashes that stand for patients; give your own, secret one for archives that are not public',
    default: 'sightline',
  }),
};
