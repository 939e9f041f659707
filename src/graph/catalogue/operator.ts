/**
 * The properties of an ONNX operator, independent of any method. An omitted property does not hold, or is not
 * known to.
 */
export interface Operator {
  /**
   * Elementwise: an output element is a function of the elements at the same position in the inputs, which
   * are broadcast to each other. The value is the number of these inputs.
   */
  readonly pointwise?: 1 | 2 | 3 | 'any';
  /**
   * The form of the function of the first input, with the others constant. `pieces`: straight or curved
   * pieces with corners or bends between them; `smooth`: a third derivative of the order of 1; `power`:
   * smooth relative to the value (powers, logarithms); `poles`: with poles; `steps`: piecewise constant.
   */
  readonly curve?: 'pieces' | 'smooth' | 'power' | 'poles' | 'steps';
  /** f(0) = 0 in the first input; elementwise operators only. */
  readonly zeroAtZero?: true;
  /** Bounded (a Clip: if it has both bounds) and non-decreasing, such as a sigmoid. */
  readonly saturates?: true;
  /** f(c x) = c f(x) for c > 0 in the first input, so that y = sum x dy/dx. */
  readonly homogeneous?: true;
  /**
   * Linear in the first input with the others constant, in all inputs together, or in each of the first two.
   */
  readonly linear?: 'first' | 'all' | 'each';
  /**
   * The first output is never negative: always, if the first input is not, if no input is, or if at least one
   * input is not.
   */
  readonly nonNegative?: 'always' | 'of-first' | 'of-all' | 'of-any';
  /**
   * Each element of the first output is an element of the first input (`joined`: of one of the inputs).
   * `in-order`: in the same flat order; `reordered`: in another order; `joined`: one input after another;
   * `cut`: a part along an axis; `picked`: selected by index; `copied`: repeated.
   */
  readonly moves?: 'in-order' | 'reordered' | 'joined' | 'cut' | 'picked' | 'copied';
  /** Each output element is the maximum or minimum of some elements of the inputs. */
  readonly selects?: 'maximum' | 'minimum';
  /** Multiplies its input by weights: shared over positions, or as a matrix. */
  readonly layer?: 'convolution' | 'linear';
  /** Adds a third input to the product of the first two. */
  readonly bias?: true;
  /** Computes one value from each window, or from all positions. */
  readonly pools?: 'windows' | 'all';
  /** Subtracts a mean and divides by a standard deviation: given as inputs, or computed from each sample. */
  readonly normalises?: 'by-constants' | 'by-sample';
  /**
   * Reduces axes given by an attribute or the second input. The reduction of a single element is the element
   * itself (`itself`), or another value (`other`).
   */
  readonly reduces?: 'itself' | 'other';
  /** The first input is `[N, C, ..positions]`, and the output has the same axes. */
  readonly channels?: true;
  /** Reads the shape of its input and none of its values. */
  readonly measures?: true;
  /** The outputs are random: always, or in training only. */
  readonly draws?: 'always' | 'in-training';
  /** What the outputs after the first hold: indices of elements, or a mask. */
  readonly besides?: 'places' | 'mask';
  /** The outputs have this type for every input type. */
  readonly makes?: 'bool' | 'int64';
  /** Reads no floating-point input. */
  readonly source?: true;
}
