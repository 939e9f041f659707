interface Size {
  readonly width: number;
  readonly height: number;
}

/**
 * Whether annotations speak of a picture as it is stored, and not as its EXIF orientation shows it: they
 * state the size that it has unturned.
 */
export const isStoredSize = (annotated: Partial<Size>, stored: Size, shown: Size): boolean =>
  isSize(annotated, stored) && !isSize(annotated, shown);

const isSize = (a: Partial<Size>, b: Size): boolean => a.width === b.width && a.height === b.height;
