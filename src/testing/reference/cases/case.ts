import type { Attributes } from '../../../graph/attributes.js';
import type { Constant } from '../../../graph/graph.js';

/** One configuration of an operator. */
export interface Case {
  readonly op: string;
  /** What is special about it. */
  readonly about?: string;
  /**
   * Shapes of the inputs that gradients are taken for ('N' is the batch), constants, and '' for one left out.
   */
  readonly inputs: readonly (readonly (number | 'N')[] | Constant | '')[];
  readonly attributes?: Attributes;
  /** How many outputs there are. */
  readonly outputs?: number;
  /** The outputs that the gradient comes from; all by default. */
  readonly used?: readonly number[];
  /** 20 by default. */
  readonly opset?: number;
  /** Where the inputs' values lie: uniform between two bounds; standard normal by default. */
  readonly between?: readonly [number, number];
}

export const titleOf = ({ op, about, inputs }: Case): string => {
  const shapes = inputs.map((input) =>
    typeof input === 'string' ? '-' : `[${'data' in input ? input.shape : input}]`,
  );
  return `${op} ${shapes.join(' ')}${about ? `, ${about}` : ''}`;
};

/** Whether the derivative is zero wherever there is one, so that the gradient refuses. */
export const isFlat = (one: Case): boolean => one.op === 'Sign' || titleOf(one).endsWith('power 0');
