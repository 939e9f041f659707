import { resolve } from 'node:path';
import { lookUp } from '../../base/names.js';
import { type GivenOptions, readOptions } from '../../base/options.js';
import { registryOf } from '../../base/registry.js';
import type { RunContext } from '../../base/run.js';
import type { Dataset } from '../dataset.js';
import { tellCovering } from '../formats/covering.js';
import { fitted, type Said } from '../formats/fitted.js';
import type { Archive } from '../record.js';
import * as all from './index.js';

/** All data sets by name. */
export const datasets = registryOf(all);

export const findDataset = (name: string): Dataset => lookUp<Dataset>(datasets, name, 'data set');

/**
 * Reads the annotations of a data set below `root`. Throws for an unknown name or option and suggests the
 * nearest.
 */
export async function readArchive(
  name: string,
  root: string,
  given: GivenOptions,
  run: RunContext,
): Promise<Archive> {
  return readDataset(findDataset(name), root, given, run);
}

/** Reads a data set that need not be registered. Fits annotations to the sizes of the image files. */
export const readDataset = async (
  { name, options, read }: Dataset,
  root: string,
  given: GivenOptions,
  run: RunContext,
): Promise<Archive> => {
  const values = readOptions(options, given, name);
  const source = typeof values.annotations === 'string' ? resolve(root, values.annotations) : root;
  const sizeIsSaid = typeof values.size === 'string' ? values.size !== '' : undefined;
  const said = { sizeIsSaid, defined: definedBy(values.format) };
  return tellCovering(await fitted(await read(root, values, run), source, run, said));
};

/** What the numbers of places are by definition of a format that tells the size of each image with them. */
const definedBy = (format: unknown): Said['defined'] =>
  format === 'yolo' ? 'shares' : format === 'coco' || format === 'voc' ? 'pixels' : undefined;
