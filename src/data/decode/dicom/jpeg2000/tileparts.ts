import { inputError } from '../../../../base/errors.js';
import { type Jpeg2000Header, segments } from './header.js';

export const marker = {
  tilePart: 0xff90,
  data: 0xff93,
  end: 0xffd9,
  coding: 0xff52,
  componentCoding: 0xff53,
};

/** Length in bytes of a tile-part's SOT segment. */
export const tilePartHeader = 12;

/**
 * Offsets of the tile-parts (T.800 A.4.2). Throws where the codestream is truncated or tiles are missing:
 * error-tolerant codecs fill these with grey.
 */
export function tileParts({ view, tiles }: Jpeg2000Header): readonly number[] {
  const found = new Set<number>();
  const parts: number[] = [];
  let at = mainHeaderEnd(view);
  while (at + tilePartHeader <= view.byteLength && view.getUint16(at) === marker.tilePart) {
    parts.push(at);
    found.add(view.getUint16(at + 4));
    const length = view.getUint32(at + 6);
    // A length of 0 means the last tile-part extends to the end.
    if (length === 0) at = view.byteLength;
    else if (length < tilePartHeader + 2 || at + length > view.byteLength) {
      throw inputError(`its frame is cut off: a tile ends at byte ${at + length} of ${view.byteLength}`);
    } else at += length;
  }
  if (at + 2 <= view.byteLength && ![marker.tilePart, marker.end, 0].includes(view.getUint16(at))) {
    throw inputError('its JPEG 2000 frame is damaged between its tiles');
  }
  if (found.size < tiles) throw inputError(`its frame is cut off: it holds ${found.size} of ${tiles} tiles`);
  return parts;
}

function mainHeaderEnd(view: DataView): number {
  let end = 2;
  for (const [, at] of segments(view, 2, marker.tilePart)) end = at + 2 + view.getUint16(at + 2);
  return end;
}
