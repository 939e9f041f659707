interface Size {
  readonly width: number;
  readonly height: number;
}

/** Whether one size is the other one scaled, up to a pixel of rounding. */
export const isScaledCopy = (a: Size, b: Size): boolean =>
  Math.abs((a.width * b.height) / a.height - b.width) <= 1 ||
  Math.abs((a.height * b.width) / a.width - b.height) <= 1;
