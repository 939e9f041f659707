import { describe, expect, it } from 'vitest';
import { explainedSchema } from './stepschemas.js';

describe('a stored explanation', () => {
  it('is read again where the samples of a batch shared evaluations', () => {
    const made = {
      ...{ method: 'activation-pattern', family: 'pattern', options: {}, seconds: 0.4, sha256: 'a' },
      ...{ forward: 17.5, backward: 0 },
    };
    expect(explainedSchema.parse(made)).toEqual(made);
    expect(explainedSchema.safeParse({ ...made, forward: -1 }).success).toBe(false);
  });
});
