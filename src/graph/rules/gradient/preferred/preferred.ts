import type { Rule } from '../../../backward.js';

/** A rule that gives what the plain one gives; undefined where that is as fast. */
export type Preferred = (...given: Parameters<Rule>) => ReturnType<Rule> | undefined;
