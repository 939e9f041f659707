import type { DataSet } from 'dicom-parser';

/** First item of a sequence. */
export const firstItem = (data: DataSet | undefined, tag: string): DataSet | undefined =>
  data?.elements[tag]?.items?.[0]?.dataSet;

/**
 * The data set with a frame's values: item `macro` of its per-frame functional groups, else of the shared
 * groups, else the data set itself (DICOM PS3.3 C.7.6.16).
 */
export function frameGroup(data: DataSet, frame: number, macro: string): DataSet {
  const own = data.elements.x52009230?.items?.[frame]?.dataSet;
  return firstItem(own, macro) ?? firstItem(firstItem(data, 'x52009229'), macro) ?? data;
}

/** Value `index` of a decimal string; `undefined` where it is absent or no number. */
export function decimal(data: DataSet, tag: string, index = 0): number | undefined {
  const text = data.string(tag)?.split('\\')[index]?.trim();
  if (text === undefined || text === '') return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}
