import { inputError, SightlineError } from '../../base/errors.js';
import { isStopped } from '../../base/run.js';
import { readMask } from '../geometry/mask-file.js';
import type { Region } from '../record.js';
import { MANY } from './box-forms.js';
import type { Fault } from './boxes.js';

/**
 * What a mask file marks; `inverted` is most of the picture with all its corners, `whole` all of it. A fault
 * where that is not certain.
 */
export type State = 'empty' | 'marked' | 'inverted' | 'whole' | Fault;

/** Whether a mask marks something with certainty. */
export const isMarked = (state: State | undefined): boolean => typeof state === 'string' && state !== 'empty';

/** The state of a mask. Files that cannot be read are reported when they are needed. */
export async function stateOf(region: Region): Promise<State> {
  if (region.kind !== 'file') return 'marked';
  try {
    const { data, shape } = await readMask(region.path);
    const marked = data.reduce((sum, value) => sum + value, 0);
    if (marked === 0) return 'empty';
    if (marked === data.length) return 'whole';
    const [height, width] = shape as [number, number];
    const corners = [0, width - 1, (height - 1) * width, height * width - 1];
    return 2 * marked > data.length && corners.every((i) => data[i] === 1) ? 'inverted' : 'marked';
  } catch (error) {
    if (isStopped(error)) throw error;
    if (!(error instanceof SightlineError) || error.kind !== 'unsupported') return 'marked';
    return unsure(region, error.message);
  }
}

const unsure = ({ label }: Region, problem: string): Fault => ({
  kind: 'inconsistent',
  place: { kind: 'region', label },
  problem,
});

/** So many masks that all mark their background are no chance. */
export const SEVERAL = 3;

/**
 * Throws where all masks mark their background. Where many are label maps or of another uncertain kind, the
 * others of the folder that mark something are so too: a label map may show one class alone.
 */
export function settled(root: string, states: ReadonlyMap<Region, State>): ReadonlyMap<Region, State> {
  const all = [...states.values()];
  const filled = all.filter((state) => state === 'inverted' || state === 'whole');
  if (!all.includes('marked') && filled.length >= SEVERAL && filled.includes('inverted')) {
    throw inputError(
      `${root}: all ${filled.length} masks mark most of their picture and all its corners; they seem inverted: what is marked has to be the brighter (of a palette, its colour counts)`,
    );
  }
  const uncertain = all.filter((state) => typeof state === 'object').length;
  const marked = all.filter(isMarked).length;
  if (uncertain <= MANY * (uncertain + marked)) return states;
  const why = `${uncertain} other masks of its folder are label maps or of another kind that is not read, so that what it marks is not certain`;
  return new Map(
    [...states].map(([region, state]) => [region, isMarked(state) ? unsure(region, why) : state]),
  );
}

/** What is told of a mask, which is believed all the same where that is no more than a doubt. */
export function faultOf(state: State | undefined): Fault | undefined {
  if (typeof state === 'object') return state;
  const doubt = state === 'inverted' || state === 'whole' ? doubts[state] : undefined;
  return doubt === undefined ? undefined : { kind: 'inconsistent', problem: doubt };
}

const doubts = {
  inverted: 'its mask marks most of the picture and all its corners: it may be inverted',
  whole: 'its mask marks the whole picture: it may be inverted or empty',
};
