import { readdir } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { inputError, usageError } from '../../base/errors.js';
import { choice, type OptionValues, text } from '../../base/options.js';
import type { RunContext } from '../../base/run.js';
import { dataset } from '../dataset.js';
import { hashIdentifier } from '../decode/index.js';
import { readCoco } from '../formats/coco.js';
import { type Annotations, collect, labelsOf, problem } from '../formats/collect.js';
import { readCsvBoxes } from '../formats/csv.js';
import { bare, exists, type ImageFolder, imageFolder, listFiles, stem } from '../formats/files.js';
import { each, joinImages } from '../formats/join.js';
import { readMaskFolder } from '../formats/mask-folder.js';
import { imageSize } from '../formats/size.js';
import { readVoc } from '../formats/voc.js';
import { readNames, readYolo } from '../formats/yolo.js';
import { identifierOptions } from '../privacy.js';
import type { Problem } from '../record.js';

const options = {
  ...identifierOptions,
  format: choice(['coco', 'yolo', 'voc', 'csv', 'masks'], {
    doc: 'What the annotations are',
    default: 'coco',
  }),
  images: text({ doc: 'The folder of images, from the root', default: 'images' }),
  annotations: text({
    doc: 'The annotation file (coco, csv) or folder (yolo, voc, masks), from the root',
    default: 'annotations',
  }),
  names: text({
    doc: 'yolo: the file of class names, from the root; by default classes.txt or a .names file beside labels or images',
    default: '',
  }),
  corners: choice(['inclusive', 'corners'], {
    doc: 'voc: whether corners are pixels counted from 1, both within, or positions as labelImg writes them',
    default: 'inclusive',
  }),
  columns: text({
    doc: 'csv: key=column, ... for image, label and x, y, width, height or xmin, ymin, xmax, ymax; what is left out goes by its usual name',
    default: '',
  }),
  patient: text({
    doc: "A regular expression on an image's path whose first group is the patient; without it every image is its own",
    default: '',
  }),
  ids: choice(['hashed', 'files'], {
    doc: 'Whether images are called by a hash or by their file name, which may hold identifiers',
    default: 'hashed',
  }),
};
type Values = OptionValues<typeof options>;

/** A user's own images with annotations of a common format. */
export const folder = dataset({
  name: 'folder',
  title: 'A folder of images with COCO, YOLO, VOC, CSV or mask annotations',
  modality: 'any',
  source: 'your own',
  licence: 'your own',
  citation: 'your own',
  access: 'own',
  expected: {},
  options,
  defaults: { task: 'presence', image: { channels: 3 } },
  layout: ['images below one folder', 'annotations of the stated format'],
  async read(root, given, run) {
    const images = await imageFolder(resolve(root, given.images));
    const {
      labels,
      images: annotated,
      problems = [],
    } = await readers[given.format](root, given, images, run);
    const patientOf = patientReader(given);
    const seen = new Set(images.paths);
    const joined = joinImages(images, annotated, (file) => {
      const name = seen.has(file) ? bare(file) : stem(file);
      const id = given.ids === 'files' ? name.replaceAll('/', '-') : hashIdentifier(given.salt, name);
      return { id, patient: patientOf(file) ?? id };
    });
    const name = basename(root === '.' ? resolve(given.images) : resolve(root));
    return collect(name, labels, joined.drafts, [...problems, ...joined.problems]);
  },
});

type Read = (
  root: string,
  given: Values,
  images: ImageFolder,
  run: RunContext,
) => Promise<Annotations & { readonly problems?: readonly Problem[] }>;

const readers: Readonly<Record<Values['format'], Read>> = {
  coco: (root, given) => readCoco(resolve(root, given.annotations)),
  csv: (root, given) => readCsvBoxes(resolve(root, given.annotations), given.columns),
  async voc(root, given, images, run) {
    const folder = resolve(root, given.annotations);
    const files = await listFiles(folder, ['.xml']);
    const read = await each(run, 'annotations', files, async (file) => {
      const said = await readVoc(join(folder, file), given.corners);
      return 'path' in images.find(bare(file)) ? { ...said, file: bare(file) } : said;
    });
    return { labels: labelsOf(read), images: read };
  },
  async yolo(root, given, images, run) {
    const folder = resolve(root, given.annotations);
    const named = given.names === '' ? await namesNear(root, given) : resolve(root, given.names);
    const names = await readNames(named);
    const files = (await listFiles(folder, ['.txt'])).filter((file) => resolve(folder, file) !== named);
    const read = await each(run, 'labels', files, async (file) => {
      const found = images.find(bare(file));
      if ('problem' in found) return { file: bare(file), boxes: [], regions: [] };
      const size = await imageSize(found.path, `the image of label file ${files.indexOf(file) + 1}`);
      return { ...(await readYolo(join(folder, file), names, size)), file: found.relative };
    });
    return { labels: names, images: read };
  },
  async masks(root, given, images) {
    const read = await readMaskFolder(resolve(root, given.annotations), images.paths);
    const problems = read.unmatched.map((path) =>
      problem(hashIdentifier(given.salt, stem(path)), 'missing-image', 'a mask whose image is missing'),
    );
    return { ...read, problems };
  },
};

/**
 * The file of class names as it lies beside labels, beside images, in the folder above them, or at the root.
 */
async function namesNear(root: string, { annotations, images }: Values): Promise<string> {
  const [labels, pictures] = [resolve(root, annotations), resolve(root, images)];
  const folders = [...new Set([labels, dirname(labels), pictures, dirname(pictures), resolve(root)])];
  for (const folder of folders) {
    const files = (await exists(folder)) ? (await readdir(folder)).sort() : [];
    const found = files.find((file) => file === 'classes.txt' || file.endsWith('.names'));
    if (found !== undefined) return join(folder, found);
  }
  throw inputError(
    `no class names (classes.txt or a .names file) beside ${labels}; option names says where they are`,
  );
}

function patientReader({ patient, salt }: Values): (file: string) => string | undefined {
  if (patient === '') return () => undefined;
  const pattern = expression(patient);
  return (file) => {
    const found = pattern.exec(file)?.[1];
    return found === undefined ? undefined : hashIdentifier(salt, found);
  };
}

function expression(text: string): RegExp {
  try {
    return new RegExp(text);
  } catch {
    throw usageError(`option 'patient' of folder got '${text}'; it takes a regular expression`);
  }
}
