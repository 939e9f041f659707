import { usageError } from '../../../base/errors.js';
import { checkWritable } from '../../../base/files.js';
import { choice, integer, optional, text } from '../../../base/options.js';
import { type DatasetRequest, datasetOf, openArchive, prepareRequest } from '../../../benchmark/dataset.js';
import {
  archiveLines,
  contentChanges,
  inspectPrepared,
  type Manifest,
  prepare,
  readContents,
  readManifest,
} from '../../../data/prepare/index.js';
import type { Archive } from '../../../data/record.js';
import { reformulationOf } from '../../../data/reformulate/index.js';
import { problemCounts, summarise } from '../../../data/reformulate/summary.js';
import { command } from '../../command.js';
import { dataOf, taskFlags } from '../../data-flags.js';

const formats = ['coco', 'yolo', 'voc', 'csv', 'masks'] as const;

const ownFlags = {
  format: optional(choice(formats, { doc: 'format of the annotations', default: 'coco' })),
  images: optional(text({ doc: 'the folder of images', default: '' })),
  annotations: optional(text({ doc: 'the file or folder of annotations', default: '' })),
};

export const dataPrepareCommand = command({
  name: 'data prepare',
  summary:
    'Makes a classification task from a data set, or from your own images, and writes it as packed arrays; an interrupted run resumes.',
  positionals: [{ name: 'NAME', doc: 'see sightline data list; none with --format', required: false }],
  flags: {
    out: text({ doc: 'the folder of the prepared set', default: '' }),
    ...taskFlags,
    ...ownFlags,
    seed: integer({ doc: 'of splits and drawn negatives', default: 0, min: 0, max: 4294967295 }),
    draw: text({ doc: 'folder for drawn phantoms', default: 'data' }),
  },
  groups: { 'The data and its task': taskFlags, 'Your own images, instead of NAME': ownFlags },
  required: ['out'],
  examples: [
    'sightline data prepare bccd --root data/raw/bccd --out data/bccd',
    'sightline data prepare codras --root data/raw/codras --out data/codras-tiles --task tiles --task-option finding=haemorrhage --task-option size=128',
    'sightline data prepare phantom --out data/phantom --dataset-option images=200',
    'sightline data prepare --format coco --images scans --annotations scans/boxes.json --out data/mine',
  ],
  async run({ flags, positionals: [name], print, run }) {
    const request = requestOf(name, flags);
    await checkWritable(flags.out);
    const before = { hash: await contentHashAt(flags.out), contents: await readContents(flags.out) };
    const { expected } = datasetOf(request.dataset);
    const archive = await openArchive(request, flags.draw, run);
    for (const line of archiveLines(archive.name, summarise(archive))) print(line);
    const counted = Object.entries(expected).map(([what, count]) => `${count} ${what}`);
    if (counted.length > 0) print(`the published set counts ${counted.join(', ')}`);
    const manifest = await prepare(archive, prepareRequest(request), flags.out, run);
    if (before.hash !== undefined && before.hash !== manifest.contentHash) {
      const changes = contentChanges(before.contents, await readContents(flags.out), archive.records);
      print(
        `${flags.out}: its inputs have changed since it was made (${changes ?? 'which was not recorded'}); it was made again`,
      );
    }
    for (const line of await told(manifest, archive, flags.out)) print(line);
  },
});

type Flags = Readonly<Record<string, unknown>>;

function requestOf(name: string | undefined, flags: Flags): DatasetRequest {
  const request = { ...dataOf(flags), seed: flags.seed as number };
  const { format, images, annotations } = flags;
  const own = Object.entries({ format, images, annotations }).filter(([, value]) => value !== undefined);
  if (name !== undefined && own.length > 0)
    throw usageError(`--${own[0]![0]} is for your own images; leave NAME (${name}) out`);
  if (name !== undefined) return { ...request, dataset: name };
  if (format === undefined)
    throw usageError('data prepare needs NAME, or --format, --images and --annotations for your own images');
  if (images === undefined || annotations === undefined)
    throw usageError(`--format ${format} needs --images and --annotations`);
  const datasetOptions = { ...Object.fromEntries(own), ...request.datasetOptions };
  return { ...request, dataset: 'folder', root: request.root ?? '.', datasetOptions };
}

/** Content hash of a prepared set in the folder, if there is one. */
const contentHashAt = async (dir: string): Promise<string | undefined> =>
  (await readManifest(dir))?.contentHash;

/** Maximum number of problems to print; the manifest lists all. */
const TOLD = 10;

/** Problems with their image files. Only the terminal may show file names. */
function problemLines(problems: Manifest['problems'], { records, leftOut = [] }: Archive): string[] {
  const files = new Map([...records, ...leftOut].map(({ id, path }) => [id, path]));
  const lines = problems.map(({ image, problem }) => {
    const file = files.get(image) ?? files.get(image.replace(/@[^@]*$/, ''));
    return `  ${file ?? image}: ${problem}`;
  });
  return lines.length > TOLD ? [...lines.slice(0, TOLD), `  and ${lines.length - TOLD} more`] : lines;
}

async function told(
  { task, problems, counts, classes }: Manifest,
  archive: Archive,
  out: string,
): Promise<string[]> {
  const { splits, patientsAcrossSplits } = await inspectPrepared(out);
  const kinds = Object.entries(problemCounts(problems)).map(([kind, count]) => `${count} ${kind}`);
  const lacking = classes.filter((name) => splits.train.classes[name] === 0);
  const patients = new Set(archive.records.map(({ patient }) => patient));
  const others = Object.entries(counts).filter(([what, count]) => !classes.includes(what) && count > 0);
  return [
    `task ${task}: ${reformulationOf(task).doc}`,
    ...Object.entries(splits).map(([split, { samples, images, classes: of }]) => {
      const each = Object.entries(of).map(([label, count]) => `${count} ${label}`);
      const what = samples === images ? `${images} images` : `${samples} samples of ${images} images`;
      return `${split} has ${what}: ${each.join(', ')}`;
    }),
    ...lacking.map(
      (name) =>
        `no training sample shows '${name}': nothing is learned of it; choose another finding or task`,
    ),
    ...(patients.size === 1 && archive.records.length > 1
      ? [
          'all images are of one patient, as where identifiers were removed: nothing is left to validate or test with; option patient says whose they are',
        ]
      : []),
    ...others.map(([what, count]) => `${what}: ${count}`),
    ...(patientsAcrossSplits > 0 ? [`patients in several splits: ${patientsAcrossSplits}`] : []),
    `problems: ${kinds.join(', ') || 'none'}`,
    ...problemLines(problems, archive),
    `${out} is ready; sightline data inspect ${out} shows more`,
  ];
}
