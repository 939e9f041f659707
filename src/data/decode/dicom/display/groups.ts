import type { DataSet } from 'dicom-parser';

/** The first item of a sequence. */
export const firstItem = (data: DataSet | undefined, tag: string): DataSet | undefined =>
  data?.elements[tag]?.items?.[0]?.dataSet;

/**
 * Where a frame's own values stand: the item of `macro` among its functional groups, else among the shared
 * ones, else the data set itself (DICOM PS3.3 C.7.6.16).
 */
export function frameGroup(data: DataSet, frame: number, macro: string): DataSet {
  const own = data.elements.x52009230?.items?.[frame]?.dataSet;
  return firstItem(own, macro) ?? firstItem(firstItem(data, 'x52009229'), macro) ?? data;
}

/** Value `index` of a number that is written as text; `undefined` where it is absent or none. */
export function decimal(data: DataSet, tag: string, index = 0): number | undefined {
  const text = data.string(tag)?.split('\\')[index]?.trim();
  if (text === undefined || text === '') return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}
