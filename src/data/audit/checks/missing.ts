import { check } from './check.js';

const KINDS = ['missing-image', 'missing-annotation', 'duplicate', 'inconsistent'];

export const missing = check({
  name: 'archive-problems',
  doc: 'What was missing or contradicted itself while the archive was read, and images that cannot be decoded.',
  options: {},
  needsPixels: false,
  look({ archives }) {
    return archives.flatMap(({ name, problems }) =>
      problems
        .filter(({ kind }) => kind === undefined || KINDS.includes(kind))
        .map(({ image, problem }) => ({
          severity: 'warning' as const,
          message: problem,
          images: [{ dataset: name, id: image }],
        })),
    );
  },
});
