import { basename, resolve } from 'node:path';
import { counted } from '../../base/names.js';
import { mapPooled } from '../../base/pool.js';
import type { RunContext } from '../../base/run.js';
import { marksImages } from '../decode/dicom/file/object.js';
import { aboutDicom } from './size.js';

/** So many files of a folder are looked at. */
const LOOKED = 500;

/**
 * What is told of files below `root` that are DICOM segmentations or the like, which mark images that they
 * name by their UIDs; `undefined` where none is.
 */
export async function toldObjects(
  root: string,
  files: readonly string[],
  run: RunContext,
): Promise<string | undefined> {
  const looked = files.slice(0, LOOKED);
  const objects = await mapPooled(run, 'reading headers', looked, async (file) => {
    const about = await aboutDicom(resolve(root, file), '');
    return about !== undefined && 'object' in about && marksImages(about)
      ? [{ file, object: about.object }]
      : [];
  });
  const [first, ...others] = objects.flat();
  if (first === undefined) return undefined;
  const kind = `${basename(first.file)} is ${first.object}`;
  const verb = others.length === 1 ? 'is' : 'are';
  const more = others.length === 0 ? '' : `, and so ${verb} ${counted(others.length, 'other file')}`;
  return `${kind}${more}: references to images by UID are not followed; export what each marks as mask pictures, or as DICOM segmentations of one frame, one for each image and named like it`;
}
