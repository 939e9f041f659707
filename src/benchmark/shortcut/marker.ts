import { unsupported } from '../../base/errors.js';
import { unknownName } from '../../base/names.js';
import { permutation, type Random } from '../../base/random.js';
import { withImage } from '../../data/changed-image.js';
import type { Sample, Task } from '../../data/sample.js';
import type { Tensor } from '../../tensor/tensor.js';

export const corners = ['top-left', 'top-right', 'bottom-left', 'bottom-right'] as const;

/** A bright frame in a corner of the image, like a burned-in label. */
export interface Marker {
  readonly corner: (typeof corners)[number];
  /** Side of the frame as a part of the image's shorter side. */
  readonly size: number;
}

/** The pixels of the marker and of what it frames, `[H, W]` of 0/1. */
export function markerMask(height: number, width: number, marker: Marker): Tensor<Uint8Array> {
  const { top, left, side } = placeOf(height, width, marker);
  const data = new Uint8Array(height * width);
  for (let y = top; y < top + side; y++) data.fill(1, y * width + left, y * width + left + side);
  return { data, shape: [height, width] };
}

/** The image `[C, H, W]` with the marker drawn in: its frame is white, its inside black. */
export function markedImage({ data, shape }: Tensor, marker: Marker): Tensor {
  const [channels, height, width] = shape as [number, number, number];
  const { top, left, side } = placeOf(height, width, marker);
  const drawn = Float32Array.from(data);
  const edge = Math.max(1, Math.round(side / 5));
  for (let c = 0; c < channels; c++) {
    for (let y = 0; y < side; y++) {
      for (let x = 0; x < side; x++) {
        const within = Math.min(y, x, side - 1 - y, side - 1 - x) >= edge;
        drawn[(c * height + top + y) * width + left + x] = within ? 0 : 1;
      }
    }
  }
  return { data: drawn, shape };
}

/** The frame stands off the border by half its side. */
function placeOf(height: number, width: number, { corner, size }: Marker) {
  const side = Math.max(3, Math.round(size * Math.min(height, width)));
  const gap = Math.round(side / 2);
  return {
    side,
    top: corner.startsWith('top') ? gap : height - gap - side,
    left: corner.endsWith('left') ? gap : width - gap - side,
  };
}

/** The class whose images carry the marker, the last one by default. Throws where a task has no classes. */
export function markedClass(
  { name, classes, regression }: Pick<Task, 'name' | 'classes' | 'regression'>,
  wanted: string | undefined,
): number {
  if (regression)
    throw unsupported(`task ${name} predicts a number: a marker is planted in the images of a class`);
  if (wanted === undefined) return classes.length - 1;
  if (!classes.includes(wanted)) throw unknownName(classes, wanted, 'class');
  return classes.indexOf(wanted);
}

/** The sample with the marker in its image, which is read and drawn each time that it is asked for. */
export const marked = (sample: Sample, marker: Marker): Sample =>
  withImage(sample, (image) => markedImage(image, marker));

/**
 * The task with the marker in a share of the training images of one class, and of the validation images. Test
 * images stay as they are.
 */
export function planted(
  task: Task,
  { marker, target, share }: { readonly marker: Marker; readonly target: number; readonly share: number },
  random: Random,
): Task {
  const plant = (samples: readonly Sample[]) => {
    const own = samples.filter(({ labels }) => labels.includes(target)).map(({ id }) => id);
    const order = permutation(random.fork(own.length), own.length);
    const chosen = new Set([...order.slice(0, Math.round(share * own.length))].map((i) => own[i]!));
    return samples.map((sample) => (chosen.has(sample.id) ? marked(sample, marker) : sample));
  };
  return { ...task, train: plant(task.train), validation: plant(task.validation) };
}
