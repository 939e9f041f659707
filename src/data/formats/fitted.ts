import { inputError } from '../../base/errors.js';
import { mapPooled } from '../../base/pool.js';
import type { RunContext } from '../../base/run.js';
import { extent } from '../../tensor/quantile.js';
import { isStoredSize } from '../decode/orientation.js';
import { aroundRegion } from '../geometry/around.js';
import { isScaledCopy } from '../geometry/scaled-copy.js';
import type { Archive, Box, ImageRecord, Problem, Region } from '../record.js';
import { MANY } from './box-forms.js';
import type { Size } from './boxes.js';
import { type Draft, placedIn } from './collect.js';
import { groupBy } from './files.js';
import { type Measured, measure } from './size.js';

/** What says of which size places are. */
export interface Said {
  /** Whether the user says it by an option; `undefined` where no option does. */
  readonly sizeIsSaid?: boolean;
  /** What the numbers of places are by the definition of their format, where it has one. */
  readonly defined?: 'shares' | 'pixels';
}

/**
 * Fits annotations to the sizes of their image files. Where annotations state no size, they are clipped to
 * the image. Where the image is a resized copy of the stated size, they are scaled. Where its aspect ratio
 * differs, the image is left out. All of these are problems. An unreadable image stays, and preparation
 * reports it. Throws, naming `source`, where the places as a whole do not match the image sizes, or, unless
 * it is said, where they seem to be of another one.
 */
export async function fitted(
  archive: Archive,
  source: string,
  run: RunContext,
  { sizeIsSaid, defined }: Said = {},
): Promise<Archive> {
  const placed = archive.records.filter(hasPlaces);
  if (placed.length === 0) return archive;
  const sizes = new Map<ImageRecord, Measured>();
  await mapPooled(run, 'measuring images', placed, async (record) => {
    const size = await measure(record.path).catch(() => undefined);
    if (size !== undefined) sizes.set(record, size);
  });
  const places = placesOf([...sizes]);
  const advice = sizeIsSaid === undefined ? '' : `; ${answer}`;
  if (defined !== 'shares') checkShares(source, places, advice);
  const isSaid = sizeIsSaid || defined === 'shares';
  const isOwn = defined === 'pixels' && [...sizes].every(([record, size]) => isOfPicture(record, size));
  const problems: Problem[] = [];
  if (!isSaid && isOwn && seemsPercent(places)) problems.push(perhapsPercent(placed[0]!));
  else if (!isSaid) {
    checkScale(source, places, advice);
    if (fewSeemReduced(places)) problems.push(perhapsReduced(placed[0]!, advice));
  }
  const leftOut = [...(archive.leftOut ?? [])];
  const told = new Set(archive.problems.flatMap((one) => (isClippedRegion(one) ? [keyOf(one)] : [])));
  const isTold = (one: Problem) => isClippedRegion(one) && told.has(keyOf(one));
  let copies = false;
  const records = archive.records.flatMap((record) => {
    const size = sizes.get(record);
    if (size === undefined) return [record];
    const draft = inPicture(record, size);
    copies ||= draft.faults !== undefined;
    if (draft === record) return [record];
    const { record: kept, problems: found } = placedIn(draft, size);
    for (const one of found) if (!isTold(one)) problems.push(one);
    if (kept === undefined) leftOut.push({ id: record.id, path: record.path });
    return kept ?? [];
  });
  // For images without annotations the stated size is unreliable too, and nothing needs it.
  const honest = copies
    ? records.map((record) => (hasPlaces(record) ? record : withoutSize(record)))
    : records;
  const all = [...archive.problems, ...problems, ...honest.flatMap(tinyIn)];
  return { ...archive, records: honest, problems: all, leftOut };
}

/** Regions stay as they are where they stand out of their image, so that a second look finds them again. */
const isClippedRegion = ({ kind, place }: Problem): boolean => kind === 'clipped' && place?.kind === 'region';

const keyOf = ({ image, place }: Problem): string => JSON.stringify([image, place]);

/** Boxes of a picture narrower or lower than this many pixels may be points, fillers or slips of the hand. */
const TINY = 2;

/** Tells of the boxes of a record that are so small, by label. */
function tinyIn({ id, boxes }: ImageRecord): Problem[] {
  const tiny = boxes.filter(({ width, height }) => Math.min(width, height) < TINY);
  return [...groupBy(tiny, ({ label }) => label)].map(([label, own]) => {
    const [{ width, height }] = own as [Box];
    const many = own.length === 1 ? 'a box' : `${own.length} boxes`;
    const problem = `it has ${many} '${label}' less than ${TINY} pixels wide or high, such as ${round(width)}x${round(height)}, kept though points, fillers and slips of the hand are as small`;
    return { image: id, kind: 'tiny', place: { kind: 'box', label }, problem };
  });
}

const hasPlaces = ({ boxes, regions }: ImageRecord): boolean =>
  boxes.length > 0 || regions.some(({ kind }) => kind !== 'file');

function withoutSize({ width: _, height: __, ...rest }: ImageRecord): ImageRecord {
  return rest;
}

/** The record in pixels of its image file; the same object where nothing changes. */
function inPicture(record: ImageRecord, size: Measured): Draft {
  const { width, height } = record;
  const shown = { width: size.width, height: size.height };
  if (width === undefined || height === undefined) return { ...record, ...shown };
  if (isOfPicture(record, size)) return record;
  const [x, y] = [shown.width / width, shown.height / height];
  const said = `annotated at ${width}x${height}, the picture has ${shown.width}x${shown.height} pixels`;
  const isCopy = isScaledCopy({ width, height }, shown);
  if (isCopy && record.regions.every(({ kind }) => kind !== 'runs')) {
    const fault = { kind: 'rescaled', problem: `${said}: its places were scaled` } as const;
    return { ...scaled(record, x, y), ...shown, faults: [fault] };
  }
  const why = isCopy
    ? 'masks written as runs are not scaled'
    : 'of other proportions: turned, cut, padded or stretched';
  const labels = new Set([...record.boxes, ...record.regions].map(({ label }) => label));
  const faults = [...labels].map((label) => ({
    kind: 'inconsistent' as const,
    place: { kind: 'box' as const, label },
    problem: `${said}, ${why}`,
  }));
  return { ...record, boxes: [], regions: [], findings: undefined, faults };
}

/** Whether a record states the size of its picture, as it is shown or stored. */
const isOfPicture = (record: ImageRecord, { stored, width, height }: Measured): boolean =>
  isSize(record, { width, height }) || isStoredSize(record, stored, { width, height });

const isSize = (a: Partial<Size>, b: Size): boolean => a.width === b.width && a.height === b.height;

/** Scales a record's boxes and regions by factors in x and y. */
export function scaled<R extends Pick<ImageRecord, 'boxes' | 'regions'>>(record: R, x: number, y: number): R {
  const boxes = record.boxes.map(
    (box): Box => ({
      ...box,
      x: box.x * x,
      y: box.y * y,
      width: box.width * x,
      height: box.height * y,
    }),
  );
  const regions = record.regions.map((region): Region => {
    if (region.kind === 'polygon')
      return { ...region, points: region.points.map(([u, v]) => [u * x, v * y] as const) };
    return region.kind === 'circle'
      ? { ...region, x: region.x * x, y: region.y * y, radius: region.radius * Math.sqrt(x * y) }
      : region;
  });
  return { ...record, boxes, regions };
}

const FEW = 8;

/** A place by the rectangle around it, with the size of its image in the same coordinates. */
interface Placed extends Size {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  readonly isWhole: boolean;
  /** Whether the annotations state the size. */
  readonly isStated: boolean;
}

const answer =
  'option size says of which size they are: 1x1 for shares of the picture, WIDTHxHEIGHT, or own for pixels of the pictures as they are';

const perhapsPercent = ({ id }: ImageRecord): Problem => ({
  image: id,
  kind: 'inconsistent',
  problem:
    'its places and those of all images lie in the first 100x100 pixels; they are read as pixels, as the format has them (option size=100x100 where they are percentages)',
});

const perhapsReduced = ({ id }: ImageRecord, advice: string): Problem => ({
  image: id,
  kind: 'inconsistent',
  problem: `its places and those of all images lie in the upper left part, as those of smaller copies do; they are read as pixels of the pictures as they are${advice}`,
});

/** What to do about copies of a data set that has no option size. */
const published = '; give the images in the size in which they were published';

const placesOf = (measured: readonly (readonly [ImageRecord, Size])[]): readonly Placed[] =>
  measured.flatMap(([record, size]) => {
    const isStated = record.width !== undefined && record.height !== undefined;
    const { width, height } = isStated ? { width: record.width!, height: record.height! } : size;
    return [...record.boxes, ...record.regions.flatMap((region) => aroundRegion(region) ?? [])].map(
      (box) => ({
        ...{ left: box.x, top: box.y },
        right: box.x + box.width,
        bottom: box.y + box.height,
        isWhole: [box.x, box.y, box.width, box.height].every(Number.isInteger),
        ...{ width, height, isStated },
      }),
    );
  });

function reachOf(source: string, places: readonly Placed[]): string {
  const { high: right } = extent(places.map((place) => place.right));
  const { high: bottom } = extent(places.map((place) => place.bottom));
  const [{ width, height }] = places as readonly [Placed];
  return `${source}: the boxes reach to ${round(right)}, ${round(bottom)}, and the first of their pictures has ${width}x${height} pixels`;
}

function checkShares(source: string, places: readonly Placed[], advice: string): void {
  const shares = places.filter(
    ({ right, bottom, width, height }) => right <= 1.001 && bottom <= 1.001 && width > 2 && height > 2,
  );
  if (shares.length > MANY * places.length)
    throw inputError(
      `${reachOf(source, shares)}: they seem to be shares of the picture, not pixels${advice}`,
    );
}

const isOut = ({ right, bottom, width, height }: Placed): boolean =>
  right > 1.02 * width + 1 || bottom > 1.02 * height + 1;

/** The share of a place within its picture from which on it is one of this picture, drawn over the edge. */
const WITHIN = 0.2;

const isPartlyIn = ({ left, top, right, bottom, width, height }: Placed): boolean => {
  const inside = (from: number, to: number, end: number) =>
    Math.max(0, Math.min(to, end) - Math.max(from, 0));
  return inside(left, right, width) * inside(top, bottom, height) >= WITHIN * (right - left) * (bottom - top);
};

/**
 * Throws, naming `source`, where most places reach out of the images whose sizes their annotations state: a
 * few are faults of single boxes. Places `areShares` where the format has shares of the picture.
 */
export function checkReach(source: string, drafts: readonly Draft[], areShares = false): void {
  const sized = drafts.filter(({ width, height }) => width !== undefined && height !== undefined);
  const places = placesOf(sized.map((draft) => [draft, { width: draft.width!, height: draft.height! }]));
  const out = places.filter(isOut).length;
  if (out < FEW || 2 * out <= places.length) return;
  const why = areShares
    ? 'reach out of their pictures; the format has shares of them, from 0 to 1 (option boxes says what the numbers of a box are)'
    : `reach out of the size that the annotations state, so that they seem to be of pictures of another size; ${answer}`;
  throw inputError(`${reachOf(source, places)}: ${out} of ${places.length} ${why}`);
}

function checkScale(source: string, places: readonly Placed[], advice: string): void {
  if (places.length === 0) return;
  const refuse = (why: string, otherwise = '') =>
    inputError(`${reachOf(source, places)}: ${why}${advice || otherwise}`);
  const unsized = places.filter(({ isStated }) => !isStated);
  const out = unsized.filter(isOut);
  const isSlip = out.length === 1 && isPartlyIn(out[0]!);
  if (out.length > MANY * unsized.length && !isSlip)
    throw refuse('they seem to be of pictures of another size', published);
  if (seemsPercent(places))
    throw refuse('they seem to be percentages of the picture (size 100x100), not pixels');
  if (seemReduced(unsized))
    throw refuse('all lie in the upper left part, as those of smaller copies do', published);
}

/** The fewest places, and the chance, at which their common corner is no chance; of two on it is told. */
const REDUCED = { least: 5, chance: 1e-4, told: 0.01 };

/** Whether all places lie in at most half of the width and height from the upper left, which is no chance. */
const seemReduced = (places: readonly Placed[]): boolean =>
  places.length >= REDUCED.least && cornerChance(places) < REDUCED.chance;

/** Whether so few places lie there that they may do so by chance, and hardly do. */
function fewSeemReduced(places: readonly Placed[]): boolean {
  const unsized = places.filter(({ isStated }) => !isStated);
  return unsized.length > 1 && unsized.length < REDUCED.least && cornerChance(unsized) < REDUCED.told;
}

/** The chance that places lie in the upper left part that holds them all, 1 where that is more than half. */
function cornerChance(places: readonly Placed[]): number {
  const { high: share } = extent(
    places.map(({ right, bottom, width, height }) => Math.max(right / width, bottom / height)),
  );
  if (share > 0.5) return 1;
  const free = (long: number, end: number, start: number) =>
    Math.max(share * long - (end - start), 1) / Math.max(long - (end - start), 1);
  return places.reduce(
    (product, { left, right, top, bottom, width, height }) =>
      product * free(width, right, left) * free(height, bottom, top),
    1,
  );
}

/** Chances below which places are taken for no pixels; few programs write pixels as broken numbers. */
const CHANCE = { broken: 0.05, whole: 0.01 };

/** Whether all places lie in the first 100x100 pixels of larger pictures, which is no chance. */
function seemsPercent(places: readonly Placed[]): boolean {
  const isWithin = ({ right, bottom, width, height }: Placed) =>
    right <= 100.5 && bottom <= 100.5 && Math.min(width, height) > 110;
  if (places.length < 2 || !places.every(isWithin)) return false;
  const free = (long: number, end: number, start: number) =>
    Math.max(100 - (end - start), 1) / (long - end + start);
  const chance = places.reduce(
    (product, { left, right, top, bottom, width, height }) =>
      product * free(width, right, left) * free(height, bottom, top),
    1,
  );
  const broken = places.filter(({ isWhole }) => !isWhole).length;
  return chance < (2 * broken > places.length ? CHANCE.broken : CHANCE.whole);
}

const round = (value: number): number => Math.round(value * 100) / 100;
