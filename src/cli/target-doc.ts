import { targetKinds } from '../model/target.js';

/** All forms of `--target`, and what each explains. */
export const targetDoc = Object.values(targetKinds)
  .map(({ form, doc }) => `${form} (${doc})`)
  .join('; ');
