import { mapPooled } from '../../base/pool.js';
import { isStopped, type RunContext } from '../../base/run.js';
import type { Archive, ImageRecord, Problem } from '../record.js';
import { type Decode, openSource } from './pictures/source.js';
import { safeMessage } from './safemessage.js';

/** Fills in missing image sizes from the image files. Images that cannot be read become problems. */
export async function withSizes(
  archive: Archive,
  decode: Decode,
  parallel: number,
  run: RunContext,
): Promise<Archive> {
  const unknown = archive.records.filter(({ width, height }) => width === undefined || height === undefined);
  if (unknown.length === 0) return archive;
  const sized = new Map<ImageRecord, ImageRecord>();
  const problems: Problem[] = [];
  const measured = async (record: ImageRecord) => {
    try {
      const { width, height } = await openSource(record, decode, run);
      sized.set(record, { ...record, width, height });
    } catch (error) {
      if (isStopped(error)) throw error;
      problems.push({ image: record.id, problem: safeMessage(error, record) });
    }
  };
  await mapPooled(run, 'measuring images', unknown, measured, parallel);
  const records = archive.records.flatMap((record) =>
    record.width === undefined || record.height === undefined ? (sized.get(record) ?? []) : [record],
  );
  problems.sort((a, b) => (a.image < b.image ? -1 : 1));
  return { ...archive, records, problems: [...archive.problems, ...problems] };
}
