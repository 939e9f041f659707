import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** What takes longest, the notebooks and what runs whole programs: in a part of their path, in their order. */
const LONGEST = ['/testing/notebooks.test.ts', '/testing/', '/cli/data-archives.test.ts'];

/** Begins with what takes longest, so that no core waits for it at the end. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]) {
    const sorted = await super.sort(files);
    const rank = ({ moduleId }: TestSpecification) =>
      [...LONGEST, ''].findIndex((part) => moduleId.includes(part));
    return sorted.sort((a, b) => rank(a) - rank(b));
  }
}

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    maxWorkers: '100%',
    sequence: { sequencer: LongestFirst },
  },
});
