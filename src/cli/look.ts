import { dirname } from 'node:path';
import { usageError } from '../base/errors.js';
import { checkWritable } from '../base/files.js';
import { optional, text } from '../base/options.js';
import type { RunContext } from '../base/run.js';
import { imageFolder } from '../data/formats/files.js';
import { openPrepared } from '../data/prepare/index.js';
import { exportFigure } from '../figures/export.js';
import { picturesFigure } from '../figures/gallery.js';
import type { Classifier } from '../model/classifier.js';
import { type Before, evenly, type Seen } from '../model/input/look.js';
import type { FitFlags } from './fit.js';
import { pictureFor } from './inputs.js';
import { textTable } from './wrap.js';

/** Flags for a look at a model's inputs. */
export const lookFlags = {
  data: optional(text({ doc: 'the folder of a prepared set, of which five images are shown', default: '' })),
  images: optional(text({ doc: 'a folder of image or DICOM files, of which five are shown', default: '' })),
  out: optional(
    text({
      doc: 'a .html, .svg, .pdf or .png file that they are drawn in as the model gets them',
      default: '',
    }),
  ),
};

interface Look {
  /** Reads the images for a model; `warn` tells what has become of them. */
  readonly read: (model: Classifier, warn: (doubt: string) => void) => Promise<readonly Before[]>;
  /** `[C, H, W]` of a prepared set's images. */
  readonly shape?: readonly [number, number, number];
}

/** So many images are looked at. */
const COUNT = 5;

/** The images that the flags name, spread over all; `undefined` where they name none. */
export async function imagesFrom(
  { data, images, out, fit }: { readonly [K in keyof typeof lookFlags]: string | undefined } & FitFlags,
  { signal }: RunContext,
): Promise<Look | undefined> {
  if (data !== undefined && images !== undefined) throw usageError('give --data or --images');
  if (data === undefined && images === undefined) {
    if (out !== undefined) throw usageError('--out draws the images of --data or --images');
    return undefined;
  }
  if (out !== undefined) await checkWritable(dirname(out));
  if (data !== undefined) {
    const task = await openPrepared(data);
    const split = [task.test, task.validation, task.train].find(({ length }) => length > 0) ?? [];
    return { read: async () => evenly(split, COUNT), shape: task.inputShape };
  }
  const { paths, absolute } = await imageFolder(images!);
  return {
    async read(model, warn) {
      const read: Before[] = [];
      const told = new Set<string>();
      for (const id of evenly(paths, COUNT)) {
        const tell = (doubt: string) => {
          if (!told.has(doubt)) warn(`${id}: ${doubt}`);
          told.add(doubt);
        };
        read.push({ id, image: await pictureFor(model, absolute(id), { fit, signal, warn: tell }) });
      }
      return read;
    },
  };
}

/** A row of the table that is printed, without the pixels. */
export const told = ({ image: _, label: __, ...row }: Seen) => row;

/** What a model says of its inputs, and their range, as a table in text. */
export const seenLines = (seen: readonly Seen[]): readonly string[] =>
  textTable(
    ['image', 'annotated', 'predicted', 'probability', 'least', 'mean', 'most'],
    seen.map(({ id, annotated, predicted, probability, least, mean, most }) => [
      ...[id, annotated, predicted],
      ...[probability, least, mean, most].map((value) => value.toPrecision(3)),
    ]),
  );

/** Draws the inputs side by side. */
export const writeSeen = (seen: readonly Seen[], out: string): Promise<void> =>
  exportFigure(
    picturesFigure(
      seen.map(({ image, label }) => ({ image, label })),
      { columns: COUNT },
    ),
    out,
  );
