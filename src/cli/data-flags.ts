import { usageError } from '../base/errors.js';
import { type GivenOptions, type OptionSpecs, optional, text, type Undefaulted } from '../base/options.js';
import type { DatasetRequest } from '../benchmark/dataset.js';
import { imageOptions } from '../data/prepare/index.js';
import { architectures } from '../model/architectures/registry.js';
import { trainingOptions } from '../model/training/options.js';

/** `key=value` pairs in one flag, separated by blanks or commas. */
function pairs(doc: string): Undefaulted<GivenOptions> {
  return {
    doc,
    accepts: 'key=value, several separated by ;',
    read(given) {
      const parts = String(given)
        .split(';')
        .map((part) => part.trim())
        .filter((part) => part !== '');
      const read = parts.map((part) => /^([^=]+)=(.*)$/.exec(part));
      return read.every((match) => match !== null)
        ? Object.fromEntries(read.map(([, key, value]) => [key, value]))
        : undefined;
    },
  };
}

const unset = <S extends OptionSpecs>(specs: S) =>
  Object.fromEntries(Object.entries(specs).map(([name, spec]) => [name, optional(spec)])) as {
    [K in keyof S]: ReturnType<typeof optional<S[K]['default']>>;
  };

/** The flags that say which data and what task is made of it. */
export const datasetFlags = {
  dataset: text({ doc: 'see sightline data list; phantom draws radiographs', default: '' }),
  root: optional(text({ doc: 'the folder of its files', default: '' })),
  'dataset-option': optional(pairs('options of the data set')),
  task: text({
    doc: 'what classification is made of it: presence, tiles, multi-label, ...',
    default: 'presence',
  }),
  'task-option': optional(pairs('options of the task, e.g. finding=WBC;size=160')),
  'split-option': optional(pairs('how it is split, e.g. by=patient;train=0.7;validation=0.15;test=0.15')),
  ...unset(imageOptions),
};

type Given = Readonly<Record<string, unknown>>;

export function datasetOf(flags: Given): DatasetRequest {
  const image = given(flags, Object.keys(imageOptions));
  return {
    dataset: flags.dataset as string,
    root: flags.root as string | undefined,
    datasetOptions: flags['dataset-option'] as GivenOptions | undefined,
    task: flags.task as string,
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
