import { join } from 'node:path';
import { usageError } from '../../../base/errors.js';
import { checkWritable, writeWhole } from '../../../base/files.js';
import { lookUp } from '../../../base/names.js';
import { flag, type GivenOptions, integer, optional, text } from '../../../base/options.js';
import type { RunContext } from '../../../base/run.js';
import { allDatasets, datasetOf, openArchive } from '../../../benchmark/dataset.js';
import {
  type AuditInput,
  audit,
  auditPrepared,
  auditTable,
  checks,
  drawSheets,
} from '../../../data/audit/index.js';
import { decodeFile } from '../../../data/decode/index.js';
import type { Decode } from '../../../data/prepare/index.js';
import { command } from '../../command.js';
import { taskFlags } from '../../data-flags.js';

export const dataAuditCommand = command({
  name: 'data audit',
  summary:
    'Checks data sets, each and against each other, for faults that invalidate a benchmark: patients or images in several splits, bad boxes, label noise, burned-in text, shifted intensity.',
  positionals: [
    {
      name: 'SET',
      doc: 'a prepared folder, NAME=ROOT for a data set and its files, or NAME with --root',
      required: true,
      many: true,
    },
  ],
  flags: {
    root: optional(text({ doc: 'the folder of the files of a single NAME', default: '' })),
    datasetOption: taskFlags.datasetOption,
    checks: text({
      doc: `only these, separated by commas: ${Object.keys(checks).join(', ')}`,
      default: '',
    }),
    out: optional(text({ doc: 'folder for audit.json and a contact sheet per check', default: '' })),
    show: integer({ doc: 'number of findings to print per check', default: 5, min: 0 }),
    seed: integer({ doc: 'of everything random', default: 0, min: 0 }),
    json: flag({ doc: 'print the report as JSON, as audit.json holds it', default: false }),
  },
  takesOptions: 'check.key=value: an option of a check, any number of times',
  examples: [
    'sightline data audit data/bccd',
    'sightline data audit idrid --root data/raw/idrid --out outputs/audit',
    'sightline data audit codras=data/raw/codras idrid=data/raw/idrid --checks exact-duplicates,near-duplicates --option near-duplicates.bits=12',
  ],
  async run({ flags, options, positionals, print, run }) {
    const only = flags.checks === '' ? undefined : flags.checks.split(',').map((name) => name.trim());
    for (const name of only ?? []) lookUp(checks, name, 'check');
    const sets: Set[] = [];
    const named = positionals.map((given) => nameAndRoot(given, flags.root));
    for (const [i, given] of positionals.entries()) {
      const set = await openSet(given, named[i]!, optionsFor(named, i, flags.datasetOption), run);
      const name = nameBeside(sets, set.archive.name);
      if (name !== given.split('=')[0] && !flags.json) print(`${name}: ${given}`);
      sets.push(called(set, name));
    }
    const decode: Decode = (path, how) =>
      (sets.find((set) => set.path === path)?.decode ?? decodeFile)(path, how);
    const { seed, out } = flags;
    await (out === undefined ? undefined : checkWritable(out));
    const report = await audit(sets, { decode, only, options: byCheck(options), seed }, run);
    const text = JSON.stringify(report, null, 2);
    if (flags.json) print(text);
    else for (const line of auditTable(report, flags.show).split('\n')) print(line);
    if (out === undefined) return;
    const path = join(out, 'audit.json');
    await writeWhole(path, `${text}\n`);
    const sheets = await drawSheets(sets, report, decode, out, run);
    if (flags.json) return;
    print('');
    for (const written of [path, ...sheets]) print(written);
  },
});

/**
 * A name unlike those of earlier sets. The report must not contain a folder's name, which may identify a
 * person.
 */
function nameBeside(sets: readonly Set[], name: string): string {
  const isTaken = (wanted: string) => sets.some(({ archive }) => archive.name === wanted);
  let number = 1;
  while (isTaken(number === 1 ? name : `${name} (${number})`)) number++;
  return number === 1 ? name : `${name} (${number})`;
}

const called = (set: Set, name: string): Set => ({
  ...set,
  archive: { ...set.archive, name },
  ...(set.pictures && { pictures: set.pictures.map((picture) => ({ ...picture, dataset: name })) }),
});

interface Set extends AuditInput {
  /** Path of the images that its own `decode` reads. */
  readonly path?: string;
  readonly decode?: Decode;
}

async function openSet(
  given: string,
  named: Named,
  datasetOptions: GivenOptions,
  run: RunContext,
): Promise<Set> {
  const { name, root, isPrepared } = named;
  return isPrepared
    ? { ...(await auditPrepared(given)), path: given }
    : { archive: await openArchive({ dataset: name, root, datasetOptions }, 'data', run) };
}

interface Named {
  readonly name: string;
  readonly root: string | undefined;
  readonly isPrepared: boolean;
}

/** What a positional argument names: a data set and its root, or a prepared folder. */
function nameAndRoot(given: string, root: string | undefined): Named {
  const at = given.indexOf('=');
  const [name, own] = at < 0 ? [given, root] : [given.slice(0, at), given.slice(at + 1)];
  return { name, root: own, isPrepared: own === undefined && !(name in allDatasets) };
}

/** Of the options those that one of several data sets has; what none has is left, to be refused by all. */
function optionsFor(named: readonly Named[], which: number, given: GivenOptions = {}): GivenOptions {
  const has = ({ name, isPrepared }: Named, option: string) =>
    !isPrepared && option in datasetOf(name).options;
  return Object.fromEntries(
    Object.entries(given).filter(
      ([option]) => has(named[which]!, option) || !named.some((one) => has(one, option)),
    ),
  );
}

/** Groups options by check: `near-duplicates.bits=12` is the option `bits` of `near-duplicates`. */
function byCheck(options: GivenOptions): Record<string, GivenOptions> {
  const sorted: Record<string, Record<string, unknown>> = {};
  for (const [key, value] of Object.entries(options)) {
    const at = key.indexOf('.');
    if (at < 0)
      throw usageError(`--option got '${key}'; it takes check.key=value, e.g. near-duplicates.bits=12`);
    const name = key.slice(0, at);
    lookUp(checks, name, 'check');
    sorted[name] = { ...sorted[name], [key.slice(at + 1)]: value };
  }
  return sorted;
}
