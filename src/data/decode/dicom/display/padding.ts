import type { DataSet } from 'dicom-parser';

/**
 * Whether a stored value is padding: the padding value, or in the padding range (DICOM PS3.3 C.7.5.1.1.2).
 */
export function paddingTest(data: DataSet, signed: boolean): (value: number) => boolean {
  const read = (tag: string) => (signed ? data.int16(tag) : data.uint16(tag));
  const value = read('x00280120');
  if (value === undefined) return () => false;
  const end = read('x00280121') ?? value;
  const [low, high] = [Math.min(value, end), Math.max(value, end)];
  return (stored) => stored >= low && stored <= high;
}
