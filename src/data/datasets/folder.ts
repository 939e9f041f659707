import { readdir } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { inputError, usageError } from '../../base/errors.js';
import { counted } from '../../base/names.js';
import { choice, type OptionValues, text } from '../../base/options.js';
import type { RunContext } from '../../base/run.js';
import { dataset } from '../dataset.js';
import { hashIdentifier } from '../decode/index.js';
import { aboutFiles } from '../formats/about-files.js';
import { checkFound } from '../formats/check-found.js';
import { readClassFolders } from '../formats/class-folders.js';
import { readCocoFiles } from '../formats/coco-files.js';
import {
  type Annotated,
  type Annotations,
  collect,
  type Draft,
  labelsOf,
  problem,
} from '../formats/collect.js';
import { readCsvBoxes } from '../formats/csv.js';
import { readCsvRuns, runsEncodings } from '../formats/csv-runs.js';
import { bare, exists, type ImageFolder, imageFolder, listFiles, stem } from '../formats/files.js';
import { checkReach, scaled } from '../formats/fitted.js';
import { inForm, yoloForm } from '../formats/in-form.js';
import { each, joinImages } from '../formats/join.js';
import { checkLengths } from '../formats/label-length.js';
import { plainLabels } from '../formats/labels.js';
import { readMaskFolder } from '../formats/mask-folder.js';
import { maskValues } from '../formats/mask-values.js';
import type { MasksAmong } from '../formats/masks-among.js';
import { ownName } from '../formats/own-name.js';
import { joinedPatients } from '../formats/patients.js';
import { measure, sizeOfOption } from '../formats/size.js';
import { readVoc } from '../formats/voc.js';
import { isLabelFile, isYaml, readNames, readYolo } from '../formats/yolo.js';
import { withoutPoses } from '../formats/yolo-poses.js';
import { isScaledCopy } from '../geometry/scaled-copy.js';
import { identifierOptions } from '../privacy.js';
import type { ImageRecord } from '../record.js';
import { folderSplits, withoutSplit } from './folder-splits.js';

/** Formats of annotations of one's own images. */
export const folderFormats = ['coco', 'yolo', 'voc', 'csv', 'masks', 'class-folders'] as const;

const options = {
  ...identifierOptions,
  format: choice(folderFormats, {
    doc: 'Format of the annotations; class-folders: the folder of an image names its class, and masks among the images are left out and counted',
    default: 'coco',
  }),
  images: text({ doc: 'Folder of images, relative to the root', default: 'images', private: true }),
  annotations: text({
    doc: 'Annotation file (coco, csv) or folder (yolo, voc, masks; coco with several files), relative to the root; class-folders have none',
    default: 'annotations',
    private: true,
  }),
  class: text({
    doc: "class-folders: regular expression on an image's path; its first group is the class. By default it is the folder that is none of a split, none of all images and none such as images",
    default: '',
  }),
  names: text({
    doc: 'yolo: file of class names, relative to the root; by default classes.txt, a .names file or data.yaml beside labels or images',
    default: '',
    private: true,
  }),
  boxes: choice(['unstated', 'centre', 'left-top', 'corners'], {
    doc: 'yolo: what the four numbers of a box are: centre and size (also where unstated), left upper corner and size, or two corners',
    default: 'unstated',
  }),
  corners: choice(['inclusive', 'corners'], {
    doc: 'voc: whether corners are pixel indices from 1, both included, or continuous coordinates, as in labelImg',
    default: 'inclusive',
  }),
  columns: text({
    doc: 'csv: key=column, ... for image, label, patient, split, reader and x, y (or xcentre, ycentre), width, height or xmin, ymin, xmax, ymax; by default columns are found by their usual names; label=none where all boxes are one finding, label=A|B where columns A and B hold 0 and 1, box=none where all labels are of whole images, runs=C where C holds masks as run lengths (option runs)',
    default: '',
  }),
  runs: choice(['unstated', ...runsEncodings], {
    doc: 'csv: how a column such as EncodedPixels writes masks as run lengths: pairs of start and length from pixel 1 down the columns of the picture (absolute, as in most challenges) or along its rows (absolute-rows), pairs of gap and length down the columns (relative, as in SIIM-ACR), or the lengths of background and mask in turn, down the columns (counts, as in COCO). An empty cell or -1 says that the label of its row, or any finding, is not there',
    default: 'unstated',
  }),
  values: text({
    doc: 'masks: value=label, ... of label maps, pictures whose values number structures, such as 1=lung,2=heart, or whose colours tell them, such as #ff0000=lung,#00ff00=heart; 0 (black) is the background, 255=ignore takes a value for background, and a value without a label is refused. By default each mask marks one finding, by the pixels of at least half of its largest value',
    default: '',
  }),
  size: text({
    doc: 'coco, voc, csv: image size of the coordinates, where it is not that of the image files: WIDTHxHEIGHT, 1x1 for relative coordinates, or own for pixels of the image files',
    default: '',
  }),
  unlabelled: choice(['unknown', 'negative'], {
    doc: 'Whether an image without annotation is unknown or negative',
    default: 'unknown',
  }),
  folders: choice(['split', 'ignored'], {
    doc: 'Whether folders train, valid and test (or those of data.yaml, or lists such as train.txt and ImageSets/Main/train.txt) define the split, where every image is in one',
    default: 'split',
  }),
  patient: text({
    doc: "Regular expression on an image's path; its first group is the patient. By default the patient comes from the DICOM file, and every other image is its own patient",
    default: '',
    private: true,
  }),
  ids: choice(['hashed', 'files'], {
    doc: 'Whether image ids are hashes or file names, which may contain identifiers',
    default: 'hashed',
  }),
};
type Values = OptionValues<typeof options>;

/** A user's own images with annotations in a common format. */
export const folder = dataset({
  name: 'folder',
  title: 'A folder of images with COCO, YOLO, VOC, CSV or mask annotations, or with class folders',
  modality: 'any',
  source: 'your own',
  licence: 'your own',
  citation: 'your own',
  access: 'own',
  expected: {},
  options,
  defaults: { task: 'presence', image: { channels: 3 } },
  layout: ['images below one folder', 'annotations of the stated format, or a folder for each class'],
  async read(root, given, run) {
    if (given.values !== '' && given.format !== 'masks')
      throw usageError(`option 'values' of folder is for format masks; the format is ${given.format}`);
    if (given.runs !== 'unstated' && given.format !== 'csv')
      throw usageError(`option 'runs' of folder is for format csv; the format is ${given.format}`);
    if (given.size !== '' && !['coco', 'voc', 'csv'].includes(given.format))
      throw usageError(
        `option 'size' of folder is for formats coco, voc and csv; the format is ${given.format}`,
      );
    const listed = await imageFolder(resolve(root, given.images));
    const read = await readers[given.format](root, given, listed, run);
    const { labels, images: annotated, problems = [], among = [], unused = [] } = plainLabels(read);
    checkLengths(resolve(root, given.annotations), labels);
    const masks = new Set(among);
    const paths = listed.paths.filter((path) => !masks.has(path));
    const images = masks.size === 0 ? listed : await imageFolder(listed.root, paths);
    const seen = new Set(images.paths);
    const patientOf = patientReader(given, images.paths);
    const splits = await folderSplits(
      {
        folders: given.folders,
        yaml: given.format === 'yolo' ? await yamlNear(root, given) : undefined,
        places: [resolve(root, given.annotations), resolve(root, given.images)],
      },
      images,
    );
    const hashed = joinedPatients(annotated).map(({ patient, group, boxes, ...said }) => ({
      ...said,
      ...(patient && { patient: hashIdentifier(given.salt, patient) }),
      ...(group && { group: hashIdentifier(given.salt, group) }),
      boxes: boxes.map((box) =>
        box.reader ? { ...box, reader: hashIdentifier(given.salt, box.reader) } : box,
      ),
    }));
    const idOf = (name: string) =>
      given.ids === 'files' ? name.replaceAll('/', '-') : hashIdentifier(given.salt, name);
    const joined = joinImages(
      images,
      hashed,
      (file) => {
        const id = idOf(seen.has(file) ? bare(file) : stem(file));
        return { id, patient: patientOf(file) ?? id, split: splits.of(file) };
      },
      given.unlabelled,
    );
    checkFound(resolve(root, given.annotations), annotated, images);
    const areSplit = joined.drafts.some(({ split }) => split !== undefined);
    const drafts = joined.drafts.map((draft) => withoutSplit(draft, splits.without, areSplit));
    const told = await aboutFiles(await sizedBy(drafts, given.size, run), given, run);
    if (given.size === '' && given.format !== 'masks')
      checkReach(basename(given.annotations), told, given.format === 'yolo');
    // Not the folder's name, which may identify a person.
    const masksLeft = unused.map((one) => ({ ...one, id: idOf(bare(one.paths[0]!)) }));
    const toldMasks = masksLeft.map((one) => problem(one.id, 'unused-masks', toldUnused(one)));
    const archive = collect('folder', labels, told, [...problems, ...joined.problems, ...toldMasks]);
    const isOnly = given.unlabelled === 'unknown' && annotated.every(isAsSaid(read.images));
    return {
      ...archive,
      leftOut: [
        ...(archive.leftOut ?? []),
        ...masksLeft.map(({ id, paths }) => ({ id, path: listed.absolute(paths[0]!) })),
      ],
      ...(isOnly && read.nothing !== undefined && { nothing: read.nothing }),
      ...(isSplit(archive.records) && { splitBy: 'official' }),
    };
  },
});

/** What is told of masks among class folders, on the first of them. */
function toldUnused({ paths, why }: MasksAmong): string {
  const others = counted(paths.length - 1, 'other file');
  const all =
    paths.length === 1 ? 'it is a mask of another image' : `it and ${others} are masks of other images`;
  return `${all}, ${why}: with class folders masks are left out and not used; --format masks reads them, as places of a finding, without the classes; what is no mask needs another name or folder`;
}

/** Whether an image shows something where it said so: labels such as `no cyst` mean nothing beside `cyst`. */
const isAsSaid =
  (said: readonly Annotated[]) =>
  ({ findings }: Annotated, i: number): boolean =>
    (findings === undefined) === (said[i]!.findings === undefined);

/** Whether the images that tasks may take are all in a split. What nobody annotated is in no task. */
function isSplit(records: readonly ImageRecord[]): boolean {
  const annotated = records.filter((record) => record.annotated !== false);
  return annotated.length > 0 && annotated.every(({ split }) => split !== undefined);
}

type Read = (
  root: string,
  given: Values,
  images: ImageFolder,
  run: RunContext,
) => Promise<
  Annotations & {
    readonly among?: readonly string[];
    readonly unused?: readonly MasksAmong[];
    readonly nothing?: string;
  }
>;

const readers: Readonly<Record<Values['format'], Read>> = {
  coco(root, given, images) {
    const hidden = (id: string) => hashIdentifier(given.salt, id);
    return readCocoFiles(resolve(root, given.annotations), images, hidden);
  },
  async csv(root, given, images, run) {
    const path = resolve(root, given.annotations);
    if (given.runs === 'unstated') return readCsvBoxes(path, given.columns, given.unlabelled);
    if (given.size !== '' && given.size !== 'own')
      throw usageError(
        `option 'size' of folder got '${given.size}', and masks written as run lengths are not scaled: give the pictures that they are of`,
      );
    return readCsvRuns(path, given.columns, given.runs, images, run, given.size === 'own');
  },
  async voc(root, given, images, run) {
    const folder = resolve(root, given.annotations);
    const files = await listFiles(folder, ['.xml']);
    const read = await each(run, 'annotations', files, async (file) => {
      const said = await readVoc(join(folder, file), given.corners);
      return 'path' in images.find(bare(file)) ? ownName(bare(file), said, images) : said;
    });
    return { labels: labelsOf(read), images: read };
  },
  async yolo(root, given, images, run) {
    const folder = resolve(root, given.annotations);
    const named = given.names === '' ? await namesNear(root, given) : resolve(root, given.names);
    const names = await readNames(named);
    const files = (await listFiles(folder, ['.txt'])).filter((file) => resolve(folder, file) !== named);
    const read = await each(run, 'labels', files, async (file) => {
      const found = images.find(labelOwner(file, images));
      if ('problem' in found) {
        return (await isLabelFile(join(folder, file))) ? [{ file: bare(file), boxes: [], regions: [] }] : [];
      }
      const size = await measure(found.path).catch(() => undefined);
      const form = given.boxes === 'unstated' ? 'centre' : given.boxes;
      const said = await readYolo(join(folder, file), names, size ?? { width: 1, height: 1 }, form);
      return [{ ...(size === undefined ? unplaced(said) : said), file: found.relative }];
    });
    const labelled = withoutPoses(folder, read.flat());
    return {
      labels: names,
      images: given.boxes === 'unstated' ? inForm(folder, labelled, yoloForm) : labelled,
    };
  },
  async 'class-folders'(_root, given, images, run) {
    const pattern = given.class === '' ? undefined : onPaths('class', given.class, images.paths);
    return readClassFolders(images, pattern, run);
  },
  async masks(root, given, images, run) {
    const values = maskValues(given.values);
    const read = await readMaskFolder(resolve(root, given.annotations), images, run, values);
    const problems = read.unmatched.map((path) =>
      problem(hashIdentifier(given.salt, stem(path)), 'missing-image', 'a mask whose image is missing'),
    );
    return { ...read, problems };
  },
};

/** Labels of a picture whose size is unknown, so that shares of it are no places: it is left out. */
function unplaced({ file, boxes: [box] }: Annotated): Annotated {
  const problem = 'its picture cannot be measured, so the places of its labels are unknown';
  const lost = box && {
    kind: 'unreadable' as const,
    place: { kind: 'box', label: box.label } as const,
    problem,
  };
  return { file, boxes: [], regions: [], ...(lost && { faults: [lost] }) };
}

/** The image of a label file. Labels are beside the images, or in a folder `labels` parallel to `images`. */
function labelOwner(file: string, images: ImageFolder): string {
  const swapped = bare(file)
    .split('/')
    .map((part) => (part === 'labels' ? 'images' : part))
    .join('/');
  return 'path' in images.find(swapped) ? swapped : bare(file);
}

/** The file of class names beside the labels, beside the images, in their parent folders, or at the root. */
async function namesNear(root: string, { annotations, images }: Values): Promise<string> {
  const [labels, pictures] = [resolve(root, annotations), resolve(root, images)];
  const folders = [...new Set([labels, dirname(labels), pictures, dirname(pictures), resolve(root)])];
  for (const folder of folders) {
    const files = (await exists(folder)) ? (await readdir(folder)).sort() : [];
    const found =
      files.find((file) => file === 'classes.txt' || file.endsWith('.names')) ??
      files.find((file) => /^data\.ya?ml$|^dataset\.ya?ml$/.test(file));
    if (found !== undefined) return join(folder, found);
  }
  throw inputError(
    `no class names (classes.txt, a .names file or data.yaml) beside ${labels}; option names says where they are`,
  );
}

async function yamlNear(root: string, given: Values): Promise<string | undefined> {
  const path = given.names === '' ? await namesNear(root, given) : resolve(root, given.names);
  return isYaml(path) ? path : undefined;
}

function patientReader(
  { patient, salt }: Values,
  paths: readonly string[],
): (file: string) => string | undefined {
  if (patient === '') return (file) => copyOf(file, salt);
  const pattern = onPaths('patient', patient, paths);
  return (file) => {
    const found = pattern.exec(file)?.[1];
    return found === undefined ? undefined : hashIdentifier(salt, found);
  };
}

/**
 * Roboflow gives augmented copies of one image the same name up to `.rf.`. A hash of it keeps them in one
 * split.
 */
function copyOf(file: string, salt: string): string | undefined {
  const [, original] = /([^/]+)\.rf\.[0-9a-f]{32}\.\w+$/.exec(file) ?? [];
  return original === undefined ? undefined : hashIdentifier(salt, original);
}

/** An option's regular expression. Throws unless its group matches some of the paths. */
function onPaths(option: string, given: string, paths: readonly string[]): RegExp {
  const told = `option '${option}' of folder got '${given}'; it takes a regular expression`;
  let pattern: RegExp;
  try {
    pattern = new RegExp(given);
  } catch {
    throw usageError(told);
  }
  if (paths.some((path) => pattern.exec(path)?.[1] !== undefined)) return pattern;
  throw usageError(
    `${told} with a group that matches the paths of images below their folder, and it matches none of ${paths.length}`,
  );
}

/** Rescales annotations from the size given by option `size` to the pixels of the image files. */
async function sizedBy(drafts: readonly Draft[], given: string, run: RunContext): Promise<readonly Draft[]> {
  if (given === '') return drafts;
  const said = sizeOfOption(given);
  if (given !== 'own' && said === undefined) {
    throw usageError(
      `option 'size' of folder got '${given}'; it takes WIDTHxHEIGHT, 1x1 for shares of the picture, or own`,
    );
  }
  return each(run, 'measuring images', drafts, async (draft) => {
    const size = await measure(draft.path).catch(() => undefined);
    if (size === undefined || draft.boxes.length + draft.regions.length === 0) return draft;
    const shown = { width: size.width, height: size.height };
    if (said === undefined) return { ...draft, ...shown };
    // Runs are not scaled: what the size says then leaves the picture out, unless it has it.
    if (draft.regions.some(({ kind }) => kind === 'runs')) return { ...draft, ...said };
    const own = isScaledCopy(said, size.stored) && !isScaledCopy(said, shown) ? size.stored : shown;
    return { ...scaled(draft, own.width / said.width, own.height / said.height), ...own };
  });
}
