import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { writeWhole } from '../../base/files.js';
import { integer, number, type OptionValues, readOptions } from '../../base/options.js';
import { seededRandom } from '../../base/random.js';
import { checkpoint, type RunContext } from '../../base/run.js';
import { rsnaPneumonia } from '../../data/datasets/rsna-pneumonia.js';
import type { Archive } from '../../data/record.js';
import { drawIdentity, phantomDicom } from './dicom.js';
import { drawPhantom, type PhantomClass } from './draw.js';

export const phantomOptions = {
  images: integer({ doc: 'Number of radiographs, one per patient.', min: 1, max: 100000, default: 600 }),
  size: integer({ doc: 'Side of the images in pixels.', min: 32, max: 4096, default: 256 }),
  positives: number({ doc: 'Share of images with opacities.', min: 0, max: 1, default: 0.5 }),
  seed: integer({ doc: 'Seed; each gives other patients.', min: 0, default: 0 }),
};

/**
 * Writes drawn chest radiographs as DICOM files with boxes around their opacities, in the layout of the RSNA
 * pneumonia detection challenge: `stage_2_train_images/<patientId>.dcm`, `stage_2_train_labels.csv`,
 * `stage_2_detailed_class_info.csv`. Image `i` depends only on the seed and `i`.
 */
export async function writePhantoms(
  dir: string,
  { images, size, positives, seed }: OptionValues<typeof phantomOptions>,
  run: RunContext,
): Promise<void> {
  const labels = ['patientId,x,y,width,height,Target'];
  const details = ['patientId,class'];
  await mkdir(join(dir, 'stage_2_train_images'), { recursive: true });
  const step = run.progress.start('drawing phantoms', images);
  for (let i = 0; i < images; i++) {
    await checkpoint(run);
    const random = seededRandom(`phantom/${seed}/${i}`);
    const kind = classOf(i, positives, random.fork('class').uniform());
    const { image, boxes } = drawPhantom(random, size, kind);
    const identity = drawIdentity(random.fork('identity'));
    const file = join(dir, 'stage_2_train_images', `${identity.patientId}.dcm`);
    await writeWhole(file, phantomDicom(image, identity, random.fork('file')));
    if (boxes.length === 0) labels.push(`${identity.patientId},,,,,0`);
    for (const box of boxes) labels.push(`${identity.patientId},${box.map((n) => n.toFixed(1)).join(',')},1`);
    for (let b = 0; b < Math.max(1, boxes.length); b++) details.push(`${identity.patientId},${kind}`);
    step.advance();
  }
  await writeWhole(join(dir, 'stage_2_detailed_class_info.csv'), `${details.join('\n')}\n`);
  await writeWhole(join(dir, 'stage_2_train_labels.csv'), `${labels.join('\n')}\n`);
  step.done();
}

/** The exact fraction of positives, spread evenly; half of the negatives are abnormal in other ways. */
function classOf(index: number, positives: number, draw: number): PhantomClass {
  if (Math.floor((index + 1) * positives) > Math.floor(index * positives)) return 'Lung Opacity';
  return draw < 0.5 ? 'Normal' : 'No Lung Opacity / Not Normal';
}

/**
 * Reads the output of `writePhantoms` like the RSNA data set, but with image sizes from the files instead of
 * the challenge's fixed 1024 pixels.
 */
export async function readPhantoms(dir: string, run: RunContext): Promise<Archive> {
  const archive = await rsnaPneumonia.read(dir, readOptions(rsnaPneumonia.options, {}, 'phantom'), run);
  const records = archive.records.map((record) => ({ ...record, width: undefined, height: undefined }));
  return { ...archive, name: 'phantom', records };
}
