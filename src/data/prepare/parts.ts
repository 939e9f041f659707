import { mapPooled } from '../../base/pool.js';
import { isStopped, type RunContext } from '../../base/run.js';
import { aroundParts } from '../geometry/around.js';
import { maskOfRegion } from '../geometry/region.js';
import type { Archive, ImageRecord, Region } from '../record.js';
import { mixedRegions } from '../reformulate/outlined.js';

/** Whether an image has boxes and outlines of one finding, of which pixels tell the objects apart. */
export const isMixed = (record: ImageRecord): boolean => mixedRegions(record).length > 0;

/**
 * Rasterises the regions of findings that have boxes too, and keeps the rectangles around their connected
 * parts, which tell boxes with an outline from those without one. A region that cannot be read stays as it
 * is.
 */
export async function withParts(archive: Archive, parallel: number, run: RunContext): Promise<Archive> {
  const mixed = archive.records.filter(isMixed);
  if (mixed.length === 0) return archive;
  const known = new Map<Region, Region>();
  await mapPooled(
    run,
    'reading masks beside boxes',
    mixed,
    async (record) => {
      for (const region of mixedRegions(record)) {
        try {
          const mask = await maskOfRegion(region, record.height!, record.width!);
          known.set(region, { ...region, parts: aroundParts(mask) } as Region);
        } catch (error) {
          if (isStopped(error)) throw error;
        }
      }
    },
    parallel,
  );
  const records = archive.records.map((record) => ({
    ...record,
    regions: record.regions.map((region) => known.get(region) ?? region),
  }));
  return { ...archive, records };
}
