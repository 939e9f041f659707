/**
 * The axis of an output that is 1 for one sample and 2 for two: the first, or the only one that differs.
 * Undefined where there is no such axis.
 */
export function grownAxis(one: readonly number[], two: readonly number[]): number | undefined {
  const grows = (axis: number) => one[axis] === 1 && two[axis] === 2;
  if (grows(0)) return 0;
  const [axis, ...others] = one.flatMap((length, at) => (length === two[at] ? [] : [at]));
  return axis !== undefined && others.length === 0 && grows(axis) ? axis : undefined;
}
