import { createHash } from 'node:crypto';
import { inputError, SightlineError } from '../../base/errors.js';
import { isStopped } from '../../base/run.js';
import { withoutHoles } from '../../tensor/components.js';
import { type Colour, isShade } from '../geometry/colour.js';
import type { Mask } from '../geometry/mask.js';
import { readMarked } from '../geometry/mask-file.js';
import { LABELS, OF_LABEL_MAP } from '../geometry/two-values.js';
import type { Region } from '../record.js';
import { MANY } from './box-forms.js';
import type { Fault, Size } from './boxes.js';
import { groupBy } from './files.js';

/**
 * What a mask file marks; `inverted` is most of the picture with all its corners, `whole` all of it,
 * `outline` a line around what is not marked, `speck` a few pixels, `soft` what goes over from dark to
 * bright, and `alike` what all other masks mark. A fault where that is not certain.
 */
export type State = 'empty' | 'marked' | keyof typeof doubts | Fault;

/** A mask by itself, with its greatest value, a hash of what it marks, and its size. */
export interface Seen {
  readonly state: State;
  readonly high?: number;
  readonly colour?: Colour;
  readonly print?: string;
  readonly size?: Size;
}

/** Whether a mask marks something with certainty. */
export const isMarked = (state: State | undefined): boolean => typeof state === 'string' && state !== 'empty';

/** The state of a mask. What a file that cannot be read marks is not certain. */
export async function stateOf(region: Region): Promise<Seen> {
  if (region.kind !== 'file') return { state: 'marked' };
  try {
    const { mask, isSoft, high, colour } = await readMarked(region.path);
    const print = createHash('sha256').update(mask.data).digest('hex');
    const [height, width] = mask.shape as [number, number];
    const own = stateOfMask(mask);
    const state = own === 'marked' && isSoft ? 'soft' : own;
    return { state, high, colour, print, size: { width, height } };
  } catch (error) {
    return { state: unread(error, region) };
  }
}

/** The fault of a mask that cannot be read, or is of a kind that is not. Other errors are thrown. */
export function unread(
  error: unknown,
  { label, path }: { readonly label: string; readonly path: string },
): Fault {
  if (isStopped(error) || !(error instanceof SightlineError)) throw error;
  const advice = error.message.includes(OF_LABEL_MAP) ? `, or ${NAMED}` : '';
  if (error.kind === 'unsupported') return unsure({ label }, `${error.message}${advice}`);
  const why = error.message.replaceAll(`${path}: `, '');
  return { ...unsure({ label }, `its mask cannot be read: ${why}`), kind: 'unreadable' };
}

/** What names the values of label maps. */
const NAMED = 'label maps where option values names their values (1=lung,2=heart) or colours (#ff0000=lung)';

/** The state of a mask by itself. */
export function stateOfMask(mask: Mask): Exclude<State, Fault> {
  const { data, shape } = mask;
  const marked = sum(data);
  if (marked === 0) return 'empty';
  if (marked === data.length) return 'whole';
  if (marked <= SPECK) return 'speck';
  const [height, width] = shape as [number, number];
  const corners = [0, width - 1, (height - 1) * width, height * width - 1];
  if (2 * marked > data.length && corners.every((i) => data[i] === 1)) return 'inverted';
  return sum(withoutHoles(around(mask)).data) > OUTLINE * marked ? 'outline' : 'marked';
}

/** Up to so many marked pixels may be a slip of the hand. */
const SPECK = 3;

/** From this many times the marked pixels on, what they enclose makes a line of them. */
const OUTLINE = 2.5;

const sum = (data: Uint8Array): number => data.reduce((all, value) => all + value, 0);

/** The part of a mask that holds all that is marked, with a border of one pixel. */
function around({ data, shape }: Mask): Mask {
  const [height, width] = shape as [number, number];
  let [left, top, right, bottom] = [width, height, -1, -1];
  data.forEach((value, i) => {
    if (value === 0) return;
    const [x, y] = [i % width, Math.floor(i / width)];
    [left, top, right, bottom] = [
      Math.min(left, x),
      Math.min(top, y),
      Math.max(right, x),
      Math.max(bottom, y),
    ];
  });
  const [rows, columns] = [bottom - top + 3, right - left + 3];
  const part = new Uint8Array(rows * columns);
  for (let y = top; y <= bottom; y++)
    part.set(data.subarray(y * width + left, y * width + right + 1), (y - top + 1) * columns + 1);
  return { data: part, shape: [rows, columns] };
}

const unsure = ({ label }: Pick<Region, 'label'>, problem: string): Fault => ({
  kind: 'inconsistent',
  place: { kind: 'region', label },
  problem,
});

/** So many masks that all mark their background are no chance. */
export const SEVERAL = 3;

/**
 * Throws where all masks mark their background. Where many are label maps or of another uncertain kind, the
 * others of the folder that mark something are so too: a label map may show one class alone, and where such
 * ones mark by other values, no mask is certain.
 */
export function settled(root: string, seen: ReadonlyMap<Region, Seen>): ReadonlyMap<Region, State> {
  const states = new Map([...seen].map(([region, { state }]) => [region, state]));
  const all = [...states.values()];
  const filled = all.filter((state) => state === 'inverted' || state === 'whole');
  const isOdd = filled.includes('inverted') || !all.includes('empty');
  if (!all.includes('marked') && !all.includes('soft') && filled.length >= SEVERAL && isOdd) {
    const what = filled.includes('inverted')
      ? 'most of their picture and all its corners'
      : 'the whole of their picture';
    throw inputError(
      `${root}: all ${filled.length} masks mark ${what}; they seem inverted: what is marked has to be the brighter (of a palette, its colour counts)`,
    );
  }
  const differ = new Map(
    [...groupBy([...seen], ([{ label }]) => label)].flatMap(([label, own]) => {
      const marked = own.flatMap(([, mask]) => (isMarked(mask.state) ? [mask] : []));
      const how = valuesOfClasses(marked) ?? coloursOfClasses(marked);
      return how === undefined ? [] : [[label, how] as const];
    }),
  );
  if (differ.size > 0) {
    const why = (how: string) =>
      `the masks of its folder mark ${how}, as label maps do; one mask for each finding is read, of 0 and one other value, or ${NAMED}`;
    return new Map(
      [...states].map(([region, state]) => {
        const how = differ.get(region.label);
        return [region, how && isMarked(state) ? unsure(region, why(how)) : state];
      }),
    );
  }
  const uncertain = all.flatMap((state) =>
    typeof state === 'object' && state.kind !== 'unreadable' ? [state.problem] : [],
  );
  const marked = all.filter(isMarked).length;
  const [first] = uncertain;
  if (first === undefined || uncertain.length <= MANY * (uncertain.length + marked))
    return areAlike(seen) ? alike(states) : states;
  const why = `what it marks is not certain, as ${uncertain.length} other masks of its folder are label maps or of another kind that is not read: ${first}`;
  return new Map(
    [...states].map(([region, state]) => [region, isMarked(state) ? unsure(region, why) : state]),
  );
}

/** How the masks of a finding differ in the value by which they mark, where a label map may have each. */
function valuesOfClasses(marked: readonly Seen[]): string | undefined {
  const values = [...new Set(marked.flatMap(({ high }) => high || []))].sort((a, b) => a - b);
  return values.length > 1 && values.every((value) => Number.isInteger(value) && value < LABELS)
    ? `by the values ${values.join(', ')}`
    : undefined;
}

/** How the masks of a finding differ in the colour in which they mark. */
function coloursOfClasses(marked: readonly Seen[]): string | undefined {
  const found: Colour[] = [];
  for (const { colour } of marked)
    if (colour && !found.some((other) => isShade(other, colour))) found.push(colour);
  return found.length > 1 ? `in ${found.length} colours` : undefined;
}

/** So many masks that all mark the same pixels are no chance. */
const ALIKE = 5;

/** Whether many masks all mark the same pixels. */
function areAlike(seen: ReadonlyMap<Region, Seen>): boolean {
  const prints = [...seen.values()].flatMap(({ state, print }) => (isMarked(state) ? [print] : []));
  return prints.length >= ALIKE && prints[0] !== undefined && prints.every((print) => print === prints[0]);
}

const alike = (states: ReadonlyMap<Region, State>): ReadonlyMap<Region, State> =>
  new Map([...states].map(([region, state]) => [region, state === 'marked' ? 'alike' : state]));

/** What is told of a mask, which is believed all the same where that is no more than a doubt. */
export function faultOf(state: State | undefined): Fault | undefined {
  if (typeof state === 'object') return state;
  const doubt = state === undefined || state === 'empty' || state === 'marked' ? undefined : doubts[state];
  return doubt === undefined ? undefined : { kind: 'inconsistent', problem: doubt };
}

const doubts = {
  inverted: 'its mask marks most of the picture and all its corners: it may be inverted',
  whole: 'its mask marks the whole picture: it may be inverted or empty',
  outline:
    'its mask is an outline, and what it encloses is not marked: fill it where the whole of it is meant',
  speck: `its mask marks at most ${SPECK} pixels: a stray mark makes a positive`,
  soft: 'its mask goes over from dark to bright: pixels of at least half its greatest value count as marked',
  alike: 'its mask is that of all others: it may show the field of view or a template',
};
