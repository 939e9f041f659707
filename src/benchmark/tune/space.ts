import type { OptionSpecs, Search } from '../../base/options.js';
import { type Random, seededRandom } from '../../base/random.js';
import type { Setting } from '../tuned.js';

/** The names of the options that declare a search. */
export const searchedOf = (specs: OptionSpecs): string[] =>
  Object.keys(specs).filter((name) => specs[name]!.search !== undefined);

/** One in this many draws of an option leaves it as it is. */
const oneIn = 4;
/** The draws in a row that were there before, after which a space counts as exhausted. */
const patience = 200;

/**
 * The settings of a random search, each another: first the usual options, then draws that depend on the seed
 * and their number alone. Fewer than `trials` where the declared values allow no more.
 */
export function settingsOf(specs: OptionSpecs, trials: number, seed: number): Setting[] {
  const names = searchedOf(specs);
  const found: Setting[] = [{}];
  const known = new Set([JSON.stringify({})]);
  for (let draw = 0, missed = 0; found.length < trials && missed < patience; draw++) {
    const random = seededRandom(`${seed}/setting/${draw}`);
    const setting = Object.fromEntries(
      names.flatMap((name) => {
        const own = random.fork(name);
        return own.below(oneIn) === 0 ? [] : [[name, drawn(specs[name]!.search!, own)]];
      }),
    );
    const key = JSON.stringify(setting);
    missed = known.has(key) ? missed + 1 : 0;
    if (missed === 0) found.push(setting);
    known.add(key);
  }
  return found;
}

function drawn(search: Search, random: Random): string | number | boolean {
  if ('among' in search) return search.among[random.below(search.among.length)]!;
  const { from, to, draws } = search;
  if (draws === 'whole') return from + random.below(to - from + 1);
  const part = random.uniform();
  const value = draws === 'log' ? from * (to / from) ** part : from + part * (to - from);
  return Number(value.toPrecision(3));
}
