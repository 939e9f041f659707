import { optionError, usageError } from '../base/errors.js';
import type { GivenOptions } from '../base/options.js';
import { methodOf } from './index.js';
import type { Method } from './method.js';

/** The options that say how often a method evaluates the model, the first that it has. */
const spending = ['budget', 'masks', 'steps', 'samples'] as const;

const spendingOf = ({ options }: Method) => spending.find((one) => one in options);

/** Whether a budget sets how often a method evaluates the model. */
export const takesBudget = (method: Method): boolean => spendingOf(method) !== undefined;

/**
 * The options of a method with a number of model evaluations for each sample. Throws where its cost is fixed
 * or the options set it already.
 */
export function withBudget(
  method: string | Method,
  given: GivenOptions,
  evaluations: number | undefined,
): GivenOptions {
  if (evaluations === undefined) return given;
  const chosen = methodOf(method);
  const option = spendingOf(chosen);
  if (!option) throw usageError(`method ${chosen.name} takes no budget: its number of evaluations is fixed`);
  const set = spending.find((one) => given[one] !== undefined);
  if (set) throw optionError(`option '${set}' and a budget are two numbers of evaluations; give one`, set);
  return { ...given, [option]: evaluations };
}
