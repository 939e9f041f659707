import type { DataSet, Element, Fragment } from 'dicom-parser';
import { inputError } from '../../../../base/errors.js';
import type { Layout } from './layout.js';
import type { DicomFile } from './parse.js';

/** Returns a function that gives the compressed bytes of a frame, its fragments concatenated. */
export function compressedFrames({ data }: DicomFile, layout: Layout): (frame: number) => Uint8Array {
  const { pixels, frames } = layout;
  if (pixels.fragments === undefined)
    throw inputError('its compressed pixel data is not in fragments as it must be');
  const groups = groupByFrame(data, pixels, pixels.fragments, frames);
  return (frame) => {
    const fragments = groups[frame];
    if (fragments === undefined || fragments.length === 0) {
      throw inputError(`it declares ${frames} frames and holds ${groups.length}`);
    }
    return join(data, fragments);
  };
}

/** Groups fragments by frame: by offset tables, else one fragment per frame, else by image start markers. */
function groupByFrame(
  data: DataSet,
  pixels: Element,
  fragments: readonly Fragment[],
  frames: number,
): readonly (readonly Fragment[])[] {
  if (frames === 1) return [fragments];
  const byOffsets =
    groupAt(fragments, extendedOffsets(data), frames) ?? groupAt(fragments, pixels.basicOffsetTable, frames);
  if (byOffsets !== undefined) return byOffsets;
  if (fragments.length <= frames) return fragments.map((fragment) => [fragment]);
  const starts = fragments
    .filter((fragment) => startsImage(bytesOf(data, fragment)))
    .map(({ offset }) => offset);
  const byMarkers = groupAt(fragments, starts, frames);
  if (byMarkers === undefined) {
    throw inputError(`its ${fragments.length} fragments cannot be told apart into ${frames} frames`);
  }
  return byMarkers;
}

/** Groups fragments by frame offsets; `undefined` where the offsets do not match the fragments. */
function groupAt(
  fragments: readonly Fragment[],
  offsets: readonly number[] | undefined,
  frames: number,
): Fragment[][] | undefined {
  if (offsets === undefined || offsets.length !== frames || offsets[0] !== fragments[0]?.offset)
    return undefined;
  const groups: Fragment[][] = [];
  for (const fragment of fragments) {
    if (fragment.offset === offsets[groups.length]) groups.push([]);
    groups.at(-1)!.push(fragment);
  }
  return groups.length === frames ? groups : undefined;
}

/** (7FE0,0001): 64-bit offsets of all frames. */
function extendedOffsets({ elements, byteArray }: DataSet): number[] | undefined {
  const table = elements.x7fe00001;
  if (table === undefined || table.length % 8 !== 0) return undefined;
  const view = new DataView(byteArray.buffer, byteArray.byteOffset + table.dataOffset, table.length);
  return Array.from({ length: table.length / 8 }, (_, i) => Number(view.getBigUint64(8 * i, true)));
}

/**
 * JPEG and JPEG-LS start with FFD8FF, a JPEG 2000 codestream with FF4FFF51, a JP2 file with a signature box.
 */
const imageStarts = [
  [0xff, 0xd8, 0xff],
  [0xff, 0x4f, 0xff, 0x51],
  [0, 0, 0, 12, 0x6a, 0x50, 0x20, 0x20],
];

export const startsImage = (bytes: Uint8Array): boolean =>
  imageStarts.some((start) => start.every((byte, i) => bytes[i] === byte));

const bytesOf = ({ byteArray }: DataSet, { position, length }: Fragment): Uint8Array =>
  byteArray.subarray(position, position + length);

function join(data: DataSet, fragments: readonly Fragment[]): Uint8Array {
  const parts = fragments.map((fragment) => bytesOf(data, fragment));
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
}
