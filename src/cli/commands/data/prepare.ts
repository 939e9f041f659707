import { checkWritable } from '../../../base/files.js';
import { counted } from '../../../base/names.js';
import { flag, integer, text } from '../../../base/options.js';
import { datasetOf, openArchive, prepareRequest } from '../../../benchmark/dataset.js';
import { usualTask } from '../../../benchmark/usual-task.js';
import {
  archiveLines,
  checkUsable,
  contentChanges,
  type Inspection,
  inspectPrepared,
  type Manifest,
  prepare,
  problemLines,
  readContents,
  readManifest,
  splitDoubts,
  withDoubts,
} from '../../../data/prepare/index.js';
import type { Archive } from '../../../data/record.js';
import { reformulationOf } from '../../../data/reformulate/index.js';
import { problemCounts, summarise } from '../../../data/reformulate/summary.js';
import { command } from '../../command.js';
import { dataOrOwn, ownFlags, taskFlags } from '../../data-flags.js';

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
    json: flag({ doc: 'print what data inspect --json prints', default: false }),
  },
  groups: { 'The data and its task': taskFlags, 'Your own images, instead of NAME': ownFlags },
  required: ['out'],
  examples: [
    'sightline data prepare bccd --root data/raw/bccd --out data/bccd',
    'sightline data prepare codras --root data/raw/codras --out data/codras-tiles --task tiles --task-option finding=haemorrhage --task-option size=128',
    'sightline data prepare phantom --out data/phantom --dataset-option images=200',
    'sightline data prepare --format coco --images scans --annotations scans/boxes.json --out data/mine',
  ],
  async run({ flags, positionals: [name], print, warn, run }) {
    const none = 'data prepare needs NAME, or --format, --images and --annotations for your own images';
    const request = { ...dataOrOwn(name, flags, none), seed: flags.seed };
    await checkWritable(flags.out);
    const before = { hash: await contentHashAt(flags.out), contents: await readContents(flags.out) };
    const { expected } = datasetOf(request.dataset);
    const archive = await openArchive(request, flags.draw, run);
    const say = flags.json ? () => {} : print;
    for (const line of archiveLines(archive.name, summarise(archive))) say(line);
    const counted = Object.entries(expected).map(([what, count]) => `${count} ${what}`);
    if (counted.length > 0) say(`the published set counts ${counted.join(', ')}`);
    checkUsable(archive);
    const usual = usualTask(request, archive);
    if (usual !== undefined) say(usual.told);
    const manifest = await prepare(archive, prepareRequest({ ...request, ...usual?.asked }), flags.out, run);
    if (before.hash !== undefined && before.hash !== manifest.contentHash) {
      const changes = contentChanges(before.contents, await readContents(flags.out), archive.records);
      warn(
        `${flags.out}: its inputs have changed since it was made (${changes ?? 'which was not recorded'}); it was made again`,
      );
    }
    const found = await inspectPrepared(flags.out);
    if (flags.json) print(JSON.stringify(withDoubts(found), null, 2));
    else for (const line of told(manifest, found, archive, flags.out)) print(line);
  },
});

/** Content hash of a prepared set in the folder, if there is one. */
const contentHashAt = async (dir: string): Promise<string | undefined> =>
  (await readManifest(dir))?.contentHash;

/** The image files by the ids of their records. Only the terminal may show file names. */
function fileOf({ records, leftOut = [] }: Archive): (image: string) => string {
  const files = new Map([...records, ...leftOut].map(({ id, path }) => [id, path]));
  return (image) => files.get(image) ?? files.get(image.replace(/@[^@]*$/, '')) ?? image;
}

function told(
  { task, problems, counts, classes }: Manifest,
  found: Inspection,
  archive: Archive,
  out: string,
): string[] {
  const byKind = problemCounts(problems);
  const kinds = Object.entries(byKind).map(([kind, count]) => `${count} ${kind}`);
  const { 'left-out': unusable = 0 } = byKind;
  const { splits, patientsAcrossSplits } = found;
  const others = Object.entries(counts).filter(([what, count]) => !classes.includes(what) && count > 0);
  return [
    `task ${task}: ${reformulationOf(task).doc}`,
    ...Object.entries(splits).map(([split, { samples, images, classes: of }]) => {
      const each = Object.entries(of).map(([label, count]) => `${count} ${label}`);
      const what =
        samples === images
          ? counted(images, 'image')
          : `${counted(samples, 'sample')} of ${counted(images, 'image')}`;
      return `${split} has ${what}: ${each.join(', ')}`;
    }),
    ...splitDoubts(found),
    ...others.map(([what, count]) => `${what}: ${count}`),
    ...(unusable > 0 ? [`images left out: their annotations can't be used: ${unusable}`] : []),
    ...(patientsAcrossSplits > 0 ? [`patients in several splits: ${patientsAcrossSplits}`] : []),
    `problems: ${kinds.join(', ') || 'none'}`,
    ...problemLines(problems, fileOf(archive)),
    `${out} is ready; sightline data inspect ${out} shows more`,
  ];
}
