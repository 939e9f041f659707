import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { sharedIsThere, sharedPath } from '../../testing/shared.js';
import { suppressorImportance } from './importance.js';

const path = sharedPath('golden', 'truth', 'suppressor2d', 'values.json');
const { cases = {} } = sharedIsThere ? JSON.parse(readFileSync(path, 'utf8')) : {};

describe.skipIf(!sharedIsThere)('global importance on the linear suppressor', () => {
  it.each(Object.keys(cases))('is the reference in case %s', (name) => {
    const theirs = cases[name];
    const near = (values: readonly number[]) => values.map((value) => expect.closeTo(value, 7));
    expect(suppressorImportance(theirs)).toEqual({
      firm: near(theirs.firm),
      accuracyLoss: near(theirs.pfi_accuracy),
      errorIncrease: near(theirs.pfi_mse_ols),
      explainedVariance: near(theirs.R2_shapley),
      meanMagnitude: near(theirs.mean_abs_input_x_gradient),
    });
  });
});
