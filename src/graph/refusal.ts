import { type SightlineError, unsupported } from '../base/errors.js';
import type { Node } from './graph.js';

/** Why a table of rules has none for an operator, or for a form of it. */
export interface Refusal {
  readonly refused: string;
}

export const refused = (why: string): Refusal => ({ refused: why });

export const isRefusal = (entry: unknown): entry is Refusal =>
  typeof entry === 'object' && entry !== null && 'refused' in entry;

/** The error of a method that has no rule for an operator, or for the form that a node has of it. */
export const noRule = (method: string, { op, name }: Node, { refused: why }: Refusal): SightlineError =>
  unsupported(`${method} has no rule for operator '${op}' as node '${name}' uses it: ${why}`);
