interface Size {
  readonly width: number;
  readonly height: number;
}

/** Whether one size is the other one scaled, where the smaller was rounded, by less than a pixel. */
export function isScaledCopy(a: Size, b: Size): boolean {
  const [small, large] = a.width * a.height < b.width * b.height ? [a, b] : [b, a];
  const across = (by: number) => (small.width + by) / large.width;
  const down = (by: number) => (small.height + by) / large.height;
  return across(-1) < down(1) && down(-1) < across(1);
}
