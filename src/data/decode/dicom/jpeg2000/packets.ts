import { inputError } from '../../../../base/errors.js';
import { type Axis, type Jpeg2000Header, segments } from './header.js';
import { marker, tilePartHeader } from './tileparts.js';

/** Coding style of a component: decomposition levels and the offset of its precinct sizes, if any. */
interface Style {
  readonly levels: number;
  readonly precincts?: number;
}

/**
 * Throws where the frame declares more packets than bytes. A packet takes at least one byte (T.800 B.10), so
 * such a frame is truncated, or built to occupy the codec for minutes.
 */
export function checkPackets(header: Jpeg2000Header, parts: readonly number[]): void {
  const count = packets(header, parts);
  const bytes = header.view.byteLength;
  if (count > bytes) throw inputError(`its frame of ${bytes} bytes claims to hold ${count} packets`);
}

/** Number of packets; 0 where a tile has its own coding style. */
function packets({ view, axes, samples }: Jpeg2000Header, parts: readonly number[]): number {
  const wide = samples > 256 ? 2 : 1;
  let layers = 0;
  let all: Style = { levels: 0 };
  const own = new Map<number, Style>();
  for (const [name, at] of segments(view, 2, marker.tilePart)) {
    if (name === marker.coding && at + 14 <= view.byteLength) {
      layers = view.getUint16(at + 6);
      all = style(view, at + 4, at + 9);
    } else if (name === marker.componentCoding && at + 10 + wide <= view.byteLength) {
      const component = wide === 1 ? view.getUint8(at + 4) : view.getUint16(at + 4);
      own.set(component, style(view, at + 4 + wide, at + 5 + wide));
    }
  }
  if (parts.some((at) => codesItself(view, at))) return 0;
  let precincts = 0;
  for (let c = 0; c < samples; c++) precincts += precinctsOf(view, axes, c, own.get(c) ?? all);
  return layers * precincts;
}

const style = (view: DataView, flags: number, at: number): Style => ({
  levels: view.getUint8(at),
  ...((view.getUint8(flags) & 1) === 1 && { precincts: at + 5 }),
});

function codesItself(view: DataView, part: number): boolean {
  for (const [name] of segments(view, part + tilePartHeader, marker.data)) {
    if (name === marker.coding || name === marker.componentCoding) return true;
  }
  return false;
}

/** Number of precincts of a component, over all tiles and resolutions (T.800 B.6). */
function precinctsOf(
  view: DataView,
  [across, down]: Jpeg2000Header['axes'],
  component: number,
  { levels, precincts }: Style,
): number {
  const spacing = 43 + 3 * component;
  const last = Math.max(spacing + 1, (precincts ?? 0) + levels);
  // The codec reports such an invalid header.
  if (levels > 32 || last >= view.byteLength) return 0;
  let sum = 0;
  for (let resolution = 0; resolution <= levels; resolution++) {
    const size = precincts === undefined ? 0xff : view.getUint8(precincts + resolution);
    const scale = 2 ** (levels - resolution);
    sum +=
      along(across, view.getUint8(spacing), scale, 2 ** (size & 15)) *
      along(down, view.getUint8(spacing + 1), scale, 2 ** (size >> 4));
  }
  return sum;
}

/** Number of precincts of all tiles along one axis. */
function along(axis: Axis, spacing: number, scale: number, precinct: number): number {
  let count = 0;
  for (let tile = 0; tile < axis.tiles; tile++) {
    const origin = axis.tileBegin + tile * axis.tileLength;
    const begin = Math.ceil(Math.ceil(Math.max(origin, axis.begin) / spacing) / scale);
    const end = Math.ceil(Math.ceil(Math.min(origin + axis.tileLength, axis.end) / spacing) / scale);
    if (end > begin) count += Math.ceil(end / precinct) - Math.floor(begin / precinct);
  }
  return count;
}
