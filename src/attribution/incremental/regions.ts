import type { WindowAxis } from '../../graph/rules/window.js';

/** A half-open interval of rows or columns. */
export type Span = readonly [from: number, to: number];
/** A span of rows and a span of columns. */
export type Box = readonly [Span, Span];

/** The part of a map that an input patch can change; `of` holds indices of earlier regions. */
export type Region =
  | { readonly kind: 'patch' }
  | { readonly kind: 'seen'; readonly of: number; readonly windows: readonly WindowAxis[] }
  | { readonly kind: 'joined'; readonly of: readonly number[] };

/** The span of every region for a patch along one axis: 0 for rows, 1 for columns. */
export function spansOf(regions: readonly Region[], patch: Span, axis: 0 | 1): Span[] {
  const found: Span[] = [];
  for (const region of regions) {
    if (region.kind === 'patch') found.push(patch);
    else if (region.kind === 'seen') found.push(seenBy(region.windows[axis]!, found[region.of]!));
    else found.push(hull(region.of.map((index) => found[index]!)));
  }
  return found;
}

/** The outputs whose windows overlap `span`; at least one, so that no tensor is empty. */
function seenBy({ output, kernel, stride, dilation, padBegin }: WindowAxis, [from, to]: Span): Span {
  const reach = (kernel - 1) * dilation;
  const first = Math.min(output - 1, Math.max(0, Math.ceil((from + padBegin - reach) / stride)));
  const last = Math.min(output - 1, Math.floor((to - 1 + padBegin) / stride));
  return [first, Math.max(first, last) + 1];
}

/** The inputs that the outputs `span` read, counted from the start of the padded input. */
export const needOf = ({ kernel, stride, dilation }: WindowAxis, [from, to]: Span): Span => [
  from * stride,
  (to - 1) * stride + (kernel - 1) * dilation + 1,
];

export const hull = (spans: readonly Span[]): Span => [
  Math.min(...spans.map(([from]) => from)),
  Math.max(...spans.map(([, to]) => to)),
];
