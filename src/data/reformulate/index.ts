import { lookUp } from '../../base/names.js';
import { type GivenOptions, readOptions } from '../../base/options.js';
import { seededRandom } from '../../base/random.js';
import { registryOf } from '../../base/registry.js';
import type { Archive } from '../record.js';
import * as all from './all.js';
import type { Marked, Reformulated, Reformulation, Tissue } from './reformulation.js';

export type { Marked, Recipe, Reformulated, Reformulation, Tissue } from './reformulation.js';

/** All reformulations by name. */
export const reformulations = registryOf(all);

/** Looks up a reformulation by name. */
export const reformulationOf = (name: string): Reformulation =>
  lookUp<Reformulation>(reformulations, name, 'reformulation');

/**
 * Makes the recipes of samples from an archive, without decoding. Throws for unknown names and invalid
 * options.
 */
export function reformulate(
  archive: Archive,
  name: string,
  options: GivenOptions = {},
  seed = 0,
  marked: Marked = () => undefined,
  tissue: Tissue = () => undefined,
): Reformulated {
  const declared = reformulationOf(name);
  const values = readOptions(declared.options, options, name);
  return declared.reformulate(archive, values, seededRandom(`reformulate/${seed}`), marked, tissue);
}
