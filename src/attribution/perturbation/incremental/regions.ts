import type { WindowAxis } from '../../../graph/rules/window.js';

/** From the first row (or column) to the one after the last. */
export type Span = readonly [from: number, to: number];
/** Rows and columns. */
export type Box = readonly [Span, Span];

/** The part of a map that a patch of the input can change; `of` is the index of an earlier region. */
export type Region =
  | { readonly kind: 'patch' }
  | { readonly kind: 'seen'; readonly of: number; readonly windows: readonly WindowAxis[] }
  | { readonly kind: 'joined'; readonly of: readonly number[] };

/** Every region for a patch along one axis: 0 is rows, 1 columns. */
export function spansOf(regions: readonly Region[], patch: Span, axis: 0 | 1): Span[] {
  const found: Span[] = [];
  for (const region of regions) {
    if (region.kind === 'patch') found.push(patch);
    else if (region.kind === 'seen') found.push(seenBy(region.windows[axis]!, found[region.of]!));
    else found.push(hull(region.of.map((index) => found[index]!)));
  }
  return found;
}

/** Outputs whose windows overlap `span`; at least one, so that no map is empty. */
function seenBy({ output, kernel, stride, dilation, padBegin }: WindowAxis, [from, to]: Span): Span {
  const reach = (kernel - 1) * dilation;
  const first = Math.min(output - 1, Math.max(0, Math.ceil((from + padBegin - reach) / stride)));
  const last = Math.min(output - 1, Math.floor((to - 1 + padBegin) / stride));
  return [first, Math.max(first, last) + 1];
}

/** Inputs from which the outputs `span` are computed, counted from the first padded one. */
export const needOf = ({ kernel, stride, dilation }: WindowAxis, [from, to]: Span): Span => [
  from * stride,
  (to - 1) * stride + (kernel - 1) * dilation + 1,
];

export const hull = (spans: readonly Span[]): Span => [
  Math.min(...spans.map(([from]) => from)),
  Math.max(...spans.map(([, to]) => to)),
];
