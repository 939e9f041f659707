import type { Archive, ImageRecord, Problem } from '../record.js';
import { boundingBox } from './polygons.js';

/** From this share of the picture on, a place says nothing about where a finding is. */
const WHOLE = 0.9;

/** Tells of boxes and polygons that cover nearly all of their picture, where it is measured. */
export const tellCovering = (archive: Archive): Archive => ({
  ...archive,
  problems: [...archive.problems, ...archive.records.flatMap(coveringOf)],
});

function coveringOf({ id, width, height, boxes, regions }: ImageRecord): Problem[] {
  if (width === undefined || height === undefined) return [];
  const outlines = regions.flatMap((region) =>
    region.kind === 'polygon' ? [boundingBox(region.label, region.points)] : [],
  );
  const shares = new Map<string, number>();
  for (const place of [...boxes, ...outlines]) {
    const share = (place.width * place.height) / (width * height);
    if (share >= WHOLE) shares.set(place.label, Math.max(share, shares.get(place.label) ?? 0));
  }
  return [...shares].map(([label, share]) => ({
    image: id,
    kind: 'inconsistent',
    problem: `a place of '${label}' covers ${Math.round(100 * share)} % of the picture: it says nothing about where the finding is`,
  }));
}
