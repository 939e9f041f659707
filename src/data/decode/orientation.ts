interface Size {
  readonly width: number;
  readonly height: number;
}

/**
 * Whether annotations refer to the stored image and not to the image turned by its EXIF orientation: they
 * state the stored size.
 */
export const isStoredSize = (annotated: Partial<Size>, stored: Size, shown: Size): boolean =>
  isSize(annotated, stored) && !isSize(annotated, shown);

/** Whether a stated size is that of a picture. */
export const isSize = (a: Partial<Size>, b: Size): boolean => a.width === b.width && a.height === b.height;
