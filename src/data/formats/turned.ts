import { isSize } from '../decode/orientation.js';
import { isScaledCopy } from '../geometry/scaled-copy.js';
import type { Fault } from './boxes.js';
import type { Draft } from './collect.js';
import { commonTurn, type Turn } from './mask-sizes.js';
import { type PictureAbout, sizeOfOption } from './size.js';

/** What says of which size annotations are: option `size`, or else their format. */
interface Said {
  readonly format: string;
  readonly size: string;
}

/**
 * Drafts with how their `turned` pictures lie, which is told: as stored where the annotations are of the
 * stored size alone, or where theirs tells nothing and that of all others does, and otherwise as shown.
 */
export function settledTurns(
  drafts: readonly Draft[],
  turned: ReadonlyMap<Draft, PictureAbout>,
  said: Said,
): readonly Draft[] {
  const turns = new Map([...turned].map(([draft, picture]) => [draft, turnOf(draft, picture, said)]));
  const placed = [...turns].flatMap(([draft, turn]) => (isPlaced(draft) ? [turn] : []));
  const common = commonTurn(placed);
  return drafts.map((draft) => {
    const picture = turned.get(draft);
    const turn = turns.get(draft);
    if (picture === undefined || turn === 'shown') return draft;
    const { stored } = picture;
    if (turn === 'stored')
      return withFault(isPlaced(draft) ? draft : { ...draft, ...stored }, keptAsAnnotated);
    // How pictures without places lie would tell which have some.
    if (isPlaced(draft) ? common === 'stored' && isFree(draft, picture) : placed.includes('stored'))
      return withFault({ ...draft, ...stored, asStored: true }, keptAsOthers);
    return isPlaced(draft) ? withFault(draft, assumedShown) : draft;
  });
}

/** How annotations lie by the size that they are of; `undefined` where that fits both ways, or neither. */
function turnOf(
  draft: Draft,
  { stored, ...shown }: PictureAbout,
  { format, size }: Said,
): Exclude<Turn, 'either'> | undefined {
  // The size of YOLO labels was measured.
  if (format === 'yolo') return undefined;
  const given = sizeOfOption(size);
  if (size !== '' && given === undefined) return undefined;
  const [isStored, isShown] = [stored, shown].map((own) =>
    given === undefined ? isSize(draft, own) : isScaledCopy(given, own),
  );
  if (isStored === isShown) return undefined;
  return isStored ? 'stored' : 'shown';
}

/** Whether no size, and no run along lines of a length, says that places are of the picture as shown. */
const isFree = (draft: Draft, { stored, ...shown }: PictureAbout): boolean =>
  isSize(stored, shown)
    ? draft.width === undefined || isSize(draft, stored)
    : draft.width === undefined && draft.regions.every(({ kind }) => kind !== 'runs');

/** Whether a draft has places of its own; those of mask files are judged by the masks' sizes. */
const isPlaced = ({ boxes, regions }: Draft): boolean =>
  boxes.length > 0 || regions.some(({ kind }) => kind !== 'file');

const withFault = (draft: Draft, fault: Fault): Draft => ({
  ...draft,
  faults: [...(draft.faults ?? []), fault],
});

const kept = 'it is kept as stored, without the turn of its EXIF orientation';

const keptAsAnnotated: Fault = {
  kind: 'inconsistent',
  problem: `${kept}, because its annotations are of the stored size; to have it upright, turn it and them`,
};

const keptAsOthers: Fault = {
  kind: 'inconsistent',
  problem: `${kept}, because annotations of others are of the stored size; to have all upright, turn them and their annotations`,
};

const assumedShown: Fault = {
  kind: 'inconsistent',
  problem:
    'its EXIF orientation turns or mirrors it, and no stated size tells whether its annotations are of the picture as it is stored: they are read as of the picture as it is shown',
};
