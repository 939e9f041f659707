import { usageError } from '../base/errors.js';
import { groupBy } from '../base/groups.js';
import { camelCase, kebabCase } from '../base/names.js';
import {
  choice,
  type GivenOptions,
  type Option,
  type OptionSpecs,
  optional,
  readOptions,
  text,
  type Undefaulted,
} from '../base/options.js';
import type { DatasetRequest, PreparedRequest } from '../benchmark/dataset.js';
import { folderFormats } from '../data/datasets/folder.js';
import { imageOptions } from '../data/prepare/index.js';
import { reformulations } from '../data/reformulate/index.js';
import type { Architecture } from '../model/architectures/architecture.js';
import { architectureOf, architectures } from '../model/architectures/registry.js';
import { optionsWith } from '../model/training/network.js';
import { trainingOptions } from '../model/training/options.js';
import { describe, isNothing } from './help.js';
import { type NormalisationFlags, normalisationFlags, normalisationFrom } from './normalisation-flags.js';

/** `key=value` pairs; the flag may be repeated, or hold several pairs separated by semicolons. */
function pairs(doc: string): Undefaulted<GivenOptions> {
  return {
    doc,
    accepts: 'key=value, any number of times',
    read(given) {
      const parts = [given]
        .flat()
        .flatMap((text) => String(text).split(';'))
        .map((part) => part.trim())
        .filter((part) => part !== '');
      const read = parts.map((part) => /^([^=]+)=(.*)$/.exec(part));
      return read.every((match) => match !== null)
        ? Object.fromEntries(read.map(([, key, value]) => [camelCase(key!), value]))
        : undefined;
    },
  };
}

/**
 * The same options without defaults, so that only given values count; their help still shows the defaults.
 */
const unset = <S extends OptionSpecs>(specs: S, note = '') =>
  Object.fromEntries(
    Object.entries(specs).map(([name, spec]) => [name, optional({ ...spec, doc: withDefault(spec, note) })]),
  ) as { readonly [K in keyof S]: Option<S[K]['default'] | undefined> };

const withDefault = ({ doc, default: value }: Option<unknown>, note: string) =>
  isNothing(value) ? doc : `${doc.replace(/\.$/, '')}; ${value} by default${note}`;

/** Flags for a data set's location and the task that is made of it. */
export const taskFlags = {
  root: optional(text({ doc: "the folder of the data set's files", default: '' })),
  datasetOption: optional(pairs('an option of the data set, see sightline data list NAME')),
  task: optional(
    choice(Object.keys(reformulations), {
      doc: 'the classification task; each data set has a default',
      default: 'presence',
    }),
  ),
  taskOption: optional(pairs('an option of the task, e.g. finding=WBC')),
  splitOption: optional(pairs('how it is split, e.g. by=patient, train=0.8, or folds=5 and fold=1')),
  ...unset(imageOptions, ', or what suits the data set'),
};

/** Flags for a data set and the task that is made of it. */
export const datasetFlags = {
  dataset: text({ doc: 'see sightline data list; phantom draws radiographs', default: '' }),
  ...taskFlags,
};

/** Flags for the user's own images and their annotations. */
export const ownFlags = {
  format: optional(
    choice(folderFormats, {
      doc: "format of the annotations; class-folders: an image's folder names its class",
      default: 'coco',
    }),
  ),
  images: optional(text({ doc: 'the folder of images', default: '' })),
  annotations: optional(
    text({ doc: 'the file or folder of annotations; class-folders have none', default: '' }),
  ),
};

type Given = Readonly<Record<string, unknown>>;

/** A data set by its name with `taskFlags`, or the images of `ownFlags` where there is no name. */
export function dataOrOwn(name: string | undefined, flags: Given, none: string): DatasetRequest {
  const request = dataOf(flags);
  const own = given(flags, Object.keys(ownFlags));
  const [first] = Object.keys(own);
  if (name !== undefined) {
    if (first !== undefined)
      throw usageError(`--${first} is for your own images; leave the data set (${name}) out`);
    return { ...request, dataset: name };
  }
  const { format, images, annotations } = own;
  if (format === undefined)
    throw usageError(
      first === undefined
        ? none
        : `--${first} goes with --format, the format of the annotations (${folderFormats.join(', ')})`,
    );
  const isOfFolders = format === 'class-folders';
  if (isOfFolders && annotations !== undefined)
    throw usageError('--format class-folders takes no --annotations: the folders of the images name classes');
  if (images === undefined || (annotations === undefined && !isOfFolders))
    throw usageError(`--format ${format} needs --images${isOfFolders ? '' : ' and --annotations'}`);
  const datasetOptions = { ...own, ...request.datasetOptions };
  return { ...request, dataset: 'folder', root: request.root ?? '.', datasetOptions };
}

export function dataOf(flags: Given): DatasetRequest {
  const image = given(flags, Object.keys(imageOptions));
  return {
    dataset: flags.dataset as string,
    root: flags.root as string | undefined,
    datasetOptions: flags.datasetOption as GivenOptions | undefined,
    task: flags.task as string | undefined,
    taskOptions: flags.taskOption as GivenOptions | undefined,
    split: flags.splitOption as GivenOptions | undefined,
    image,
  };
}

const data = optional(text({ doc: 'the folder of a prepared set, instead of --dataset', default: '' }));

/** Flags for a data set and its task, for one's own images, or for a set that is prepared already. */
export const sourceFlags = { ...datasetFlags, ...ownFlags, data };

/** The flags of which one says what the data are. */
export const sources = ['dataset', 'data', 'format'];

/** How the help groups them. */
export const sourceGroups = {
  'The data and its task': { ...datasetFlags, data },
  'Your own images, instead of --dataset': ownFlags,
};

/**
 * What `sourceFlags` name. Throws a usage error unless it is a data set, one's own images or a prepared set.
 */
export function sourceOf(flags: Given): DatasetRequest | PreparedRequest {
  const { data: prepared, dataset } = flags as { readonly data?: string; readonly dataset: string };
  const none = 'give either --dataset or --data, or --format, --images and --annotations for your own images';
  if (prepared === undefined) return dataOrOwn(dataset === '' ? undefined : dataset, flags, none);
  if (dataset !== '') throw usageError(none);
  const [foreign] = Object.keys({ ...taskFlags, ...ownFlags }).filter((name) => flags[name] !== undefined);
  if (foreign === undefined) return { prepared };
  throw usageError(
    `--${kebabCase(foreign)} goes with a data set; the set in ${prepared} is prepared already`,
  );
}

/** Options of all networks; an option's meaning and bounds may differ between networks. */
const networkOptions = Object.fromEntries(
  [...new Set(Object.values(architectures).flatMap(({ options }) => Object.keys(options)))].map((name) => [
    name,
    networkOption(name),
  ]),
);

function networkOption(name: string): Option<unknown> {
  const owners = Object.values<Architecture>(architectures).filter(({ options }) => name in options);
  const docs = groupBy(owners, ({ options }) => describe(options[name]!));
  const said = [...docs].map(([doc, of]) => `${of.map((owner) => owner.name).join(', ')}: ${doc}`);
  const specs = owners.map(({ options }) => options[name]!);
  return {
    doc: said.join('; '),
    accepts: 'a text',
    default: undefined,
    read: (value) => (specs.some((spec) => spec.read(value) !== undefined) ? value : undefined),
  };
}

const { normalisation: stated, ...ownOptions } = trainingOptions;

/** Flags of the training and of the networks. */
export const trainingFlags = {
  ...unset(ownOptions, ', or what suits the data set'),
  ...normalisationFlags,
  normalisation: { ...normalisationFlags.normalisation, doc: stated.doc },
  ...networkOptions,
};

const flagsOfTraining = Object.keys({ ...ownOptions, ...networkOptions });

/** The options of a training, by those of its flags that a command takes: others may share a name. */
export function trainingOf(flags: Given, taken: OptionSpecs = trainingFlags): GivenOptions {
  const { seed: _, ...own } = given(
    flags,
    flagsOfTraining.filter((name) => name in taken),
  ) as GivenOptions & { seed?: unknown };
  const options: GivenOptions = { ...own, ...normalisationFrom(flags as NormalisationFlags) };
  // A network of a file says which architecture it takes.
  const asked = options.architecture ?? (String(options.backbone).endsWith('.onnx') ? 'transfer' : undefined);
  const name = (asked ?? trainingOptions.architecture.default) as string;
  const foreign = Object.keys(networkOptions).find(
    (key) => key in options && !(key in architectureOf(name).options),
  );
  if (foreign) throw usageError(`--${kebabCase(foreign)} is no option of the network ${name}`);
  const read = readOptions(optionsWith(name), options, `network ${name}`);
  return { ...given(read, Object.keys(options)), ...(asked !== undefined && { architecture: name }) };
}

const given = (flags: Given, names: readonly string[]): GivenOptions =>
  Object.fromEntries(names.flatMap((name) => (flags[name] === undefined ? [] : [[name, flags[name]]])));
