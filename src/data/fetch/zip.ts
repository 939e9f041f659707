import { Readable } from 'node:stream';
import { checkpoint, type RunContext } from '../../base/run.js';
import { type UnpackLimits, withZip } from '../../base/zip.js';
import { limitsFor, placeEntry, writeEntry } from './entry.js';

/**
 * Unpacks a ZIP file below `root` and returns the number of files. Throws as `withZip` does, and for names
 * that lead out of `root`, before it writes anything.
 */
export const unzip = (
  path: string,
  root: string,
  strip: number,
  run: RunContext,
  given?: UnpackLimits,
): Promise<number> =>
  withZip(
    path,
    (bytes) => given ?? limitsFor(bytes),
    async (entries) => {
      const placed = entries.map((entry) => ({ entry, target: placeEntry(root, entry.name, strip) }));
      const step = run.progress.start('unpacking', entries.length);
      let written = 0;
      for (const { entry, target } of placed) {
        await checkpoint(run);
        if (target !== undefined && !entry.name.endsWith('/')) {
          await writeEntry(target, Readable.from(entry.content()));
          written++;
        }
        step.advance();
      }
      step.done();
      return written;
    },
  );
