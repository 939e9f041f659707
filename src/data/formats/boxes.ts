import { intersection } from '../geometry/index.js';
import type { Box, Problem } from '../record.js';

export interface Size {
  readonly width: number;
  readonly height: number;
}

export type Fault = Omit<Problem, 'image'> & Required<Pick<Problem, 'kind'>>;

export type Corners = readonly [left: number, top: number, right: number, bottom: number];

/** A box from two corners in continuous coordinates: its width is `right - left`. */
export function cornerBox(label: string, [left, top, right, bottom]: Corners): Box {
  return { label, x: left, y: top, width: right - left, height: bottom - top };
}

/** Sorts two corners. Swapped corners are a fault. */
export function ordered(
  label: string,
  corners: Corners,
): { readonly corners: Corners; readonly faults: Fault[] } {
  const [a, b, c, d] = corners;
  if (!(c < a || d < b)) return { corners, faults: [] };
  const problem = `box '${label}' [${corners.map(shortly).join(', ')}] has its corners the wrong way round; they were swapped`;
  const fault: Fault = { kind: 'mended', place: { kind: 'box', label }, problem };
  return { corners: [Math.min(a, c), Math.min(b, d), Math.max(a, c), Math.max(b, d)], faults: [fault] };
}

/**
 * Clips a box to its image. A degenerate box (without area or not finite) and one outside the image are
 * dropped. A box that exceeds the image by more than a pixel is clipped with a fault. Without a known size
 * only the left and top edges are checked.
 */
export function placeBox(box: Box, size?: Size): { readonly box?: Box; readonly fault?: Fault } {
  const { x, y, width, height } = box;
  const place = { kind: 'box', label: box.label } as const;
  const name = `box '${box.label}' [${[x, y, width, height].map(shortly).join(', ')}]`;
  if (![x, y, width, height].every(Number.isFinite) || width <= 0 || height <= 0) {
    return { fault: { kind: 'degenerate', place, problem: `${name} has no area` } };
  }
  const extent = size ?? { width: Number.POSITIVE_INFINITY, height: Number.POSITIVE_INFINITY };
  const image = size === undefined ? 'the image' : `the image of ${size.width}x${size.height}`;
  const part = intersection(box, { x: 0, y: 0, ...extent });
  if (part === undefined)
    return { fault: { kind: 'outside', place, problem: `${name} lies outside ${image}` } };
  const over = Math.max(-x, -y, x + width - extent.width, y + height - extent.height);
  if (over <= 0) return { box };
  const cut = { ...box, ...part };
  if (over <= 1) return { box: cut };
  return {
    box: cut,
    fault: { kind: 'clipped', place, problem: `${name} stood out of ${image} by ${shortly(over)}` },
  };
}

const shortly = (value: number): string => String(Math.round(value * 100) / 100);
