export { coverBox, coverCircle, coverPolygon } from './coverage.js';
export { cropped, type Frame, flipped, letterboxed, original, type Rectangle, resized } from './frame.js';
export { inputMask, inputMaskOfBoxes, type Mask, maskOfBoxes, maskOfCoverage, union } from './mask.js';
export { nativeHeatmap, nativePart } from './native.js';
export {
  areaOf,
  forwardBox,
  forwardPoint,
  intersection,
  inverseBox,
  inversePoint,
  type Point,
  visiblePart,
} from './points.js';
export { maskOfRegion } from './region.js';
