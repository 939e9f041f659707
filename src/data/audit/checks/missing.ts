import { check } from './check.js';

/** The check `boxes` reports these. */
const OTHERS = ['degenerate', 'outside', 'clipped', 'tiny'];

export const missing = check({
  name: 'archive-problems',
  doc: 'Missing or contradictory data found while reading the archive, and images that cannot be decoded.',
  options: {},
  needsPixels: false,
  look({ archives }) {
    return archives.flatMap(({ name, problems }) =>
      problems
        .filter(({ kind }) => kind === undefined || !OTHERS.includes(kind))
        .map(({ image, problem }) => ({
          severity: 'warning' as const,
          message: problem,
          images: [{ dataset: name, id: image }],
        })),
    );
  },
});
