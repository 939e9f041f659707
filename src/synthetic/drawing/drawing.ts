import { join } from 'node:path';
import { inputError } from '../../base/errors.js';
import { exists, readTextIfThere, writeWhole } from '../../base/files.js';
import type { GivenOptions } from '../../base/options.js';

/** What drew a folder's images: all options, defaults included, and the generator's version. */
export interface Drawing {
  readonly dataset: string;
  readonly version: number;
  readonly options: GivenOptions;
}

/** The file that says what a folder was drawn by; it is written last. */
const drawingFile = 'drawn.json';

/**
 * Draws a data set into `root`, unless the same one is there already. `mark` is a file that every drawing
 * has. Throws an input error where the folder holds another drawing, or images of unknown origin.
 */
export async function drawnOnce(
  root: string,
  drawing: Drawing,
  mark: string,
  draw: () => Promise<void>,
): Promise<void> {
  const path = join(root, drawingFile);
  const wanted = JSON.stringify(drawing);
  const found = await readTextIfThere(path);
  if (found === wanted) return;
  const other = found ?? ((await exists(join(root, mark))) ? `${mark}, but no ${drawingFile}` : undefined);
  if (other !== undefined)
    throw inputError(`${root}: holds ${other}; expected a new folder, or what ${wanted} draws`);
  await draw();
  await writeWhole(path, wanted);
}
