import { FLAT } from '../attribution/notes.js';
import { groupBy } from '../base/groups.js';
import { counted } from '../base/names.js';
import type { MethodRow, Skipped } from './rows.js';

/** What is to be known of methods' maps, counted: a line for each thing, with its methods. */
export function methodNotes(methods: readonly MethodRow[]): string[] {
  const said = methods.flatMap((row) => notesOf(row).map((note) => ({ note, method: row.method })));
  const alike = methods.flatMap(({ method, sameAs = [] }) =>
    sameAs.length > 0 ? [[method, ...sameAs].sort().join(' = ')] : [],
  );
  return [
    ...[...groupBy(said, ({ note }) => note)].map(([note, own]) => `${namesOf(own)}: ${note}`),
    ...[...new Set(alike)].map((names) => `${names}: the same maps`),
  ];
}

/** Which methods do not apply to a model: a line for each reason. */
export function skippedLines(skipped: readonly Skipped[]): string[] {
  return [...groupBy(skipped, reasonOf)].map(
    ([why, own]) => `${namesOf(own)} ${own.length === 1 ? 'does' : 'do'} not apply: ${why}`,
  );
}

/** Why a method does not apply, without its name before the reason. */
export const reasonOf = ({ method, skipped: why }: Skipped): string =>
  why.startsWith(`${method}: `) ? why.slice(method.length + 2) : why;

const namesOf = (rows: readonly { readonly method: string }[]) => rows.map(({ method }) => method).join(', ');

function notesOf({ flaws, notes = [] }: MethodRow): string[] {
  const { empty = 0, flat = 0, infinite = 0, unexplained = 0, cancelling = 0 } = flaws ?? {};
  const { outdone = 0, taken = 0, unconverged = 0 } = flaws ?? {};
  return [
    ...(empty > 0 ? [`${mapsAre(empty)} zero everywhere`] : []),
    ...(flat > 0
      ? [`${mapsAre(flat)} flat: the values differ by at most ${100 * FLAT} % of the greatest`]
      : []),
    ...(infinite > 0 ? [`${mapsAre(infinite)} not finite`] : []),
    ...(unexplained > 0
      ? [
          `${unexplained} ${unexplained === 1 ? 'map has' : 'maps have'} a residual of at least half of what they should sum to`,
        ]
      : []),
    ...(cancelling > 0 ? [`the values of ${counted(cancelling, 'map')} cancel`] : []),
    ...(outdone > 0
      ? [
          `of ${counted(outdone, 'image')} the output is no greater than at the baseline, which does not stand for "nothing there"`,
        ]
      : []),
    ...(taken > 0
      ? [
          `of ${counted(taken, 'image')} the model takes the baseline for the target: it does not stand for "nothing there"`,
        ]
      : []),
    ...(unconverged > 0
      ? [`${unconverged} ${unconverged === 1 ? 'map has' : 'maps have'} not converged: draw more samples`]
      : []),
    ...notes,
  ];
}

const mapsAre = (count: number) => (count === 1 ? '1 map is' : `${count} maps are`);
