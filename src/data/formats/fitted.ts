import { availableParallelism } from 'node:os';
import { inputError } from '../../base/errors.js';
import { pooled } from '../../base/pool.js';
import { checkpoint, type RunContext } from '../../base/run.js';
import { extent } from '../../tensor/quantile.js';
import { isStoredSize } from '../decode/orientation.js';
import type { Archive, Box, ImageRecord, Problem, Region } from '../record.js';
import { MANY } from './box-forms.js';
import type { Size } from './boxes.js';
import { type Draft, placedIn } from './collect.js';
import { type Measured, measure } from './size.js';

/**
 * Fits annotations to the sizes of their image files. Where annotations state no size, they are clipped to
 * the image. Where the image is a resized copy of the stated size, they are scaled. Where its aspect ratio
 * differs, the image is left out. All of these are problems. An unreadable image stays, and preparation
 * reports it. Throws, naming `source`, where the boxes as a whole do not match the image sizes.
 */
export async function fitted(archive: Archive, source: string, run: RunContext): Promise<Archive> {
  const placed = archive.records.filter(hasPlaces);
  if (placed.length === 0) return archive;
  const sizes = new Map<ImageRecord, Measured>();
  const step = run.progress.start('measuring images', placed.length);
  await pooled(placed, availableParallelism() + 1, async (record) => {
    await checkpoint(run);
    const size = await measure(record.path).catch(() => undefined);
    if (size !== undefined) sizes.set(record, size);
    step.advance();
  });
  step.done();
  checkShares(source, [...sizes]);
  checkScale(
    source,
    [...sizes].filter(([{ width }]) => width === undefined),
  );
  const problems: Problem[] = [];
  const leftOut = [...(archive.leftOut ?? [])];
  let copies = false;
  const records = archive.records.flatMap((record) => {
    const size = sizes.get(record);
    if (size === undefined) return [record];
    const draft = inPicture(record, size);
    copies ||= draft.faults !== undefined;
    if (draft === record) return [record];
    const { record: kept, problems: found } = placedIn(draft, size);
    for (const one of found) problems.push(one);
    if (kept === undefined) leftOut.push({ id: record.id, path: record.path });
    return kept ?? [];
  });
  // For images without annotations the stated size is unreliable too, and nothing needs it.
  const honest = copies
    ? records.map((record) => (hasPlaces(record) ? record : withoutSize(record)))
    : records;
  return { ...archive, records: honest, problems: [...archive.problems, ...problems], leftOut };
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
  if (isSize(record, shown) || isStoredSize(record, size.stored, shown)) return record;
  const [x, y] = [shown.width / width, shown.height / height];
  const said = `annotated at ${width}x${height}, the picture has ${shown.width}x${shown.height} pixels`;
  const isCopy = Math.abs(width * y - shown.width) <= 1 || Math.abs(height * x - shown.height) <= 1;
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
/** As many fractional boxes below 100 are no chance. */
const PERCENT = 5;

type MeasuredRecords = readonly (readonly [ImageRecord, Size])[];

const answer =
  'option size says of which size they are: 1x1 for shares of the picture, WIDTHxHEIGHT, or own for pixels of the pictures as they are';

const boxesOf = (measured: MeasuredRecords) =>
  measured.flatMap(([{ boxes }, size]) => boxes.map((box) => ({ box, size })));

function reachOf(source: string, boxes: ReturnType<typeof boxesOf>): string {
  const { width, height } = boxes[0]!.size;
  const right = extent(boxes.map(({ box }) => box.x + box.width)).high;
  const bottom = extent(boxes.map(({ box }) => box.y + box.height)).high;
  return `${source}: the boxes reach to ${round(right)}, ${round(bottom)}, and the first of their pictures has ${width}x${height} pixels`;
}

function checkShares(source: string, measured: MeasuredRecords): void {
  const boxes = boxesOf(measured);
  const shares = boxes.filter(
    ({ box, size }) =>
      box.x + box.width <= 1.001 && box.y + box.height <= 1.001 && size.width > 2 && size.height > 2,
  );
  if (shares.length > MANY * boxes.length)
    throw inputError(
      `${reachOf(source, boxes)}: they seem to be shares of the picture, not pixels; ${answer}`,
    );
}

function checkScale(source: string, measured: MeasuredRecords): void {
  const boxes = boxesOf(measured);
  if (boxes.length === 0) return;
  const reach = reachOf(source, boxes);
  const share = (test: (one: (typeof boxes)[number]) => boolean) => boxes.filter(test).length / boxes.length;
  const isOut = ({ box, size }: (typeof boxes)[number]) =>
    box.x + box.width > 1.02 * size.width + 1 || box.y + box.height > 1.02 * size.height + 1;
  if (share(isOut) > MANY)
    throw inputError(`${reach}: they seem to be of pictures of another size; ${answer}`);
  const isNear = ({ box, size }: (typeof boxes)[number]) =>
    box.x + box.width <= size.width / 2 && box.y + box.height <= size.height / 2;
  if (boxes.length >= FEW && share(isNear) === 1)
    throw inputError(`${reach}: all lie in the upper left quarter, as those of smaller copies do; ${answer}`);
  const isPercent = ({ box, size }: (typeof boxes)[number]) =>
    box.x + box.width <= 100 && box.y + box.height <= 100 && Math.min(size.width, size.height) > 110;
  const isBroken = ({ box }: (typeof boxes)[number]) =>
    ![box.x, box.y, box.width, box.height].every(Number.isInteger);
  if (boxes.length >= PERCENT && share(isPercent) === 1 && share(isBroken) > 0.5)
    throw inputError(
      `${reach}: they seem to be percentages of the picture (size 100x100), not pixels; ${answer}`,
    );
}

const round = (value: number): number => Math.round(value * 100) / 100;
