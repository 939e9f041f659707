/**
 * What an ONNX operator is, whatever is done with it. A property that is left out does not hold, or is not
 * known to.
 */
export interface Operator {
  /**
   * Each element of the output is a function of the elements at its place in the inputs, which are broadcast
   * to each other: in how many inputs these are.
   */
  readonly pointwise?: 1 | 2 | 3 | 'any';
  /**
   * How the function of the first input looks where the others are constant: straight or curved pieces that
   * meet in corners or bends, smooth with a third derivative of the order of one, smooth in proportion to the
   * value (powers, logarithms), with poles, or flat with jumps.
   */
  readonly curve?: 'pieces' | 'smooth' | 'power' | 'poles' | 'steps';
  /** Zero where the first input is; of pointwise operators. */
  readonly zeroAtZero?: true;
  /** Bounded (a Clip: where it has both bounds), and never falling where its input rises, as a gate is. */
  readonly saturates?: true;
  /** c times the first input gives c times the output for c > 0, so that y is the sum of x dy/dx. */
  readonly homogeneous?: true;
  /**
   * Linear in the first input where the others are constant, in all inputs together, or in each of the first
   * two.
   */
  readonly linear?: 'first' | 'all' | 'each';
  /**
   * The first output is never negative: always, where the first input is not, where no input is, or where one
   * of them is not.
   */
  readonly nonNegative?: 'always' | 'of-first' | 'of-all' | 'of-any';
  /**
   * Every element of the first output is one of the first input (`joined`: of one of the inputs), and the
   * elements stand in the same flat order, in another, in those of one input after another's, are a part
   * along an axis, are picked one by one, or are repeated.
   */
  readonly moves?: 'in-order' | 'reordered' | 'joined' | 'cut' | 'picked' | 'copied';
  /** Multiplies its input by weights: shared over positions, or as matrices. */
  readonly layer?: 'convolution' | 'linear';
  /** Adds a third input to a product of the first two. */
  readonly bias?: true;
  /** Makes one value of those in each window, or of all positions. */
  readonly pools?: 'windows' | 'all';
  /** Centres and divides by means and variances: given ones, or those of each sample. */
  readonly normalises?: 'by-constants' | 'by-sample';
  /**
   * Makes one value of all along some axes, which are an attribute or the second input: of one value alone
   * itself, or another.
   */
  readonly reduces?: 'itself' | 'other';
  /** Takes the first input as `[N, C, ..positions]` and gives the output the same axes. */
  readonly channels?: true;
  /** Reads the lengths of its input and none of its values. */
  readonly measures?: true;
  /** The outputs are drawn at random: always, or when training. */
  readonly draws?: 'always' | 'in-training';
  /** Outputs behind the first that are no values of the same kind: where they stood, or which were kept. */
  readonly besides?: 'places' | 'mask';
  /** The outputs are no floating-point numbers whatever the inputs are. */
  readonly makes?: 'bool' | 'int64';
  /** Reads no floating-point input. */
  readonly source?: true;
}
