import { optionError } from '../base/errors.js';
import type { InputAxes } from './axes.js';
import type { Classifier } from './classifier.js';

type Layout = Classifier['input']['layout'];
type Placed = Pick<Classifier['input'], 'layout' | 'space' | 'channelsLast' | 'layoutBy'>;

/**
 * The layout by what is said, by the first layer over maps that reads the input, or, of an image that none
 * reads, by a transposition, or by its lengths.
 */
export function layoutOf(
  shape: readonly number[],
  axes: InputAxes | undefined,
  stated: Layout | undefined,
  { by, turned }: { readonly by: 'option' | 'metadata'; readonly turned: Layout | undefined },
): Placed {
  const space = axes?.space ?? [];
  const isImage = shape.length === 3;
  if (stated && stated !== 'other' && isImage) {
    const read = { '2,3': 'NCHW', '1,2': 'NHWC' }[space.join()];
    if (by === 'option' && axes?.isConvolved && read !== undefined && read !== stated)
      throw optionError(
        `layout is stated as ${stated}, and the first convolution reads the input [N,${shape}] as ${read}; leave it out`,
        'layout',
      );
    return { layout: stated, layoutBy: by };
  }
  const places = (from: number) => space.every((axis, i) => axis === from + i);
  const other = {
    layout: 'other',
    ...(axes && { layoutBy: 'graph' as const }),
    ...(space.length > 0 && places(shape.length + 1 - space.length) && { space: space.length }),
    ...(axes?.channels.join() === String(shape.length) && places(1) && { channelsLast: true }),
  } as const;
  if (stated === 'other') return { ...other, layoutBy: by };
  if (stated && !isImage && shape.length > 1) return statedWhole(shape, axes, stated, by, other);
  if (!isImage) return other;
  if (!axes && turned) return { layout: turned, layoutBy: 'graph' };
  if (!axes)
    return { layout: [1, 3, 4].includes(shape[2]!) && ![1, 3, 4].includes(shape[0]!) ? 'NHWC' : 'NCHW' };
  if (space.join() === '2,3') return { layout: 'NCHW', layoutBy: 'graph' };
  return space.join() === '1,2' ? { layout: 'NHWC', layoutBy: 'graph' } : other;
}

/**
 * What a layout states of signals, volumes and films: channels lie on the first axis or on the last, and all
 * others are positions. Where layers tell it themselves, it adds nothing. Throws where they contradict.
 */
function statedWhole(
  shape: readonly number[],
  axes: InputAxes | undefined,
  stated: Layout,
  by: 'option' | 'metadata',
  read: Placed,
): Placed {
  const { space = [], channels = [] } = axes?.isConvolved ? axes : {};
  const isKnown = (read.space !== undefined || read.channelsLast === true) && space.length > 0;
  const depthOf = (layout: Layout) => (layout === 'NHWC' ? shape.length : 1);
  const fits = (layout: Layout) => {
    const depth = depthOf(layout);
    if (isKnown) return (layout === 'NHWC') === (read.channelsLast === true);
    return !space.includes(depth) && channels.every((axis) => axis === 0 || axis === depth);
  };
  if (by === 'option' && !fits(stated)) {
    const other = stated === 'NHWC' ? 'NCHW' : 'NHWC';
    const remedy = isKnown
      ? 'leave it out'
      : fits(other)
        ? `${other} fits`
        : 'export the model with its channels before its positions';
    throw optionError(
      `layout is stated as ${stated}, which says of the input [N,${shape}] that its channels are on axis ${depthOf(stated)} and all others are positions; the first convolution reads positions on axes ${space.join(', ')}: ${remedy}`,
      'layout',
    );
  }
  if (isKnown || !fits(stated)) return read;
  const last = stated === 'NHWC' && { channelsLast: true };
  return { layout: 'other', layoutBy: by, space: shape.length - 1, ...last };
}
