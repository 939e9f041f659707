import { usageError } from '../base/errors.js';
import {
  choice,
  type GivenOptions,
  type Option,
  type OptionSpecs,
  optional,
  text,
  type Undefaulted,
} from '../base/options.js';
import type { DatasetRequest } from '../benchmark/dataset.js';
import { imageOptions } from '../data/prepare/index.js';
import { reformulations } from '../data/reformulate/index.js';
import { architectures } from '../model/architectures/registry.js';
import { trainingOptions } from '../model/training/options.js';

/** `key=value` pairs; the flag may be repeated, or hold several that are separated by semicolons. */
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
        ? Object.fromEntries(read.map(([, key, value]) => [key, value]))
        : undefined;
    },
  };
}

/** The same options where only what is given counts; their help still says what holds otherwise. */
const unset = <S extends OptionSpecs>(specs: S) =>
  Object.fromEntries(
    Object.entries(specs).map(([name, spec]) => [name, optional({ ...spec, doc: withDefault(spec) })]),
  ) as { [K in keyof S]: ReturnType<typeof optional<S[K]['default']>> };

const withDefault = ({ doc, default: value }: Option<unknown>) =>
  value === undefined || value === '' ? doc : `${doc.replace(/\.$/, '')}; ${value} by default`;

/** The flags that say where a data set lies and what task is made of it. */
export const taskFlags = {
  root: optional(text({ doc: "the folder of the data set's files", default: '' })),
  'dataset-option': optional(pairs('an option of the data set, see sightline data list NAME')),
  task: optional(
    choice(Object.keys(reformulations), {
      doc: 'the classification that is made of it; each data set has a default',
      default: 'presence',
    }),
  ),
  'task-option': optional(pairs('an option of the task, e.g. finding=WBC')),
  'split-option': optional(pairs('how it is split, e.g. by=patient or train=0.8')),
  ...unset(imageOptions),
};

/** The flags that say which data and what task is made of it. */
export const datasetFlags = {
  dataset: text({ doc: 'see sightline data list; phantom draws radiographs', default: '' }),
  ...taskFlags,
};

type Given = Readonly<Record<string, unknown>>;

export function datasetOf(flags: Given): DatasetRequest {
  const image = given(flags, Object.keys(imageOptions));
  return {
    dataset: flags.dataset as string,
    root: flags.root as string | undefined,
    datasetOptions: flags['dataset-option'] as GivenOptions | undefined,
    task: flags.task as string | undefined,
    taskOptions: flags['task-option'] as GivenOptions | undefined,
    split: flags['split-option'] as GivenOptions | undefined,
    image,
  };
}

const networkOptions = Object.assign(
  {},
  ...Object.values(architectures).map(({ options }) => options),
) as OptionSpecs;

/** The flags of training, and those of the networks. */
export const trainingFlags = unset({ ...networkOptions, ...trainingOptions });

export function trainingOf(flags: Given): GivenOptions {
  const { seed: _, ...options } = given(flags, Object.keys(trainingFlags)) as GivenOptions & {
    seed?: unknown;
  };
  const name = (options.architecture ?? trainingOptions.architecture.default) as string;
  const own = architectures[name]!.options;
  const foreign = Object.keys(networkOptions).find(
    (key) => key in options && !(key in own) && !(key in trainingOptions),
  );
  if (foreign) throw usageError(`--${foreign} is no option of the network ${name}`);
  return options;
}

const given = (flags: Given, names: readonly string[]): GivenOptions =>
  Object.fromEntries(names.flatMap((name) => (flags[name] === undefined ? [] : [[name, flags[name]]])));
