import { kebabCase } from '../../../base/names.js';
import { flag, text } from '../../../base/options.js';
import { allDatasets, datasetOf } from '../../../benchmark/dataset.js';
import type { Dataset } from '../../../data/dataset.js';
import { command } from '../../command.js';
import { describe } from '../../help.js';
import { textTable } from '../../wrap.js';

const accesses: Readonly<Record<Dataset['access'], string>> = {
  public: 'free',
  registration: 'registration',
  drawn: 'drawn here',
  own: 'your own',
};

export const dataListCommand = command({
  name: 'data list',
  summary: 'Lists the data sets that can be read, or describes one.',
  positionals: [{ name: 'NAME', doc: 'describe only this data set', required: false }],
  flags: {
    json: flag({ doc: 'print JSON', default: false }),
    modality: text({ doc: 'only data sets whose modality contains this text', default: '' }),
  },
  examples: ['sightline data list', 'sightline data list bccd', 'sightline data list --modality chest'],
  async run({ flags, positionals: [only], print }) {
    const wanted = flags.modality.toLowerCase();
    const shown =
      only === undefined
        ? Object.values<Dataset>(allDatasets).filter(({ modality }) =>
            modality.toLowerCase().includes(wanted),
          )
        : [datasetOf(only)];
    if (flags.json) return print(JSON.stringify(shown.map(declared), null, 2));
    const lines = only === undefined ? table(shown) : shown.flatMap(all);
    for (const line of lines) print(line);
  },
});

const declared = ({ read, options, ...rest }: Dataset) => ({
  ...rest,
  options: Object.fromEntries(Object.entries(options).map(([name, spec]) => [name, describe(spec)])),
});

function table(shown: readonly Dataset[]): string[] {
  const rows = shown.map(({ name, title, modality, access, licence }) => [
    name,
    title,
    modality,
    accesses[access],
    licence,
  ]);
  return textTable(['name', 'title', 'modality', 'access', 'licence'], rows);
}

function all(dataset: Dataset): string[] {
  const rows = factsOf(dataset);
  const width = Math.max(...rows.map(([key]) => key.length));
  return [
    `${dataset.name}: ${dataset.title}`,
    ...rows.map(([key, value]) => `  ${key.padEnd(width)}  ${value}`),
    '  what lies where below the root:',
    ...dataset.layout.map((line) => `    ${line}`),
    '  options:',
    ...Object.entries(dataset.options).map(([option, spec]) => `    ${kebabCase(option)}: ${describe(spec)}`),
  ];
}

/** Facts about a data set besides options and layout, as pairs of label and text. */
export function factsOf({ expected, defaults, ...about }: Dataset): [string, string][] {
  const { task, taskOptions = {}, image = {}, imageFor = {}, training = {} } = defaults;
  const given = (values: object) =>
    Object.entries(values).map(([key, value]) => `${kebabCase(key)}=${value}`);
  const suited = (what: string, values: object): [string, string][] =>
    Object.keys(values).length > 0 ? [[what, [...given(values), 'unless said otherwise'].join(' ')]] : [];
  const others = Object.entries(taskOptions).filter(([other]) => other !== task);
  return [
    ['modality', about.modality],
    ['source', about.source],
    ['licence', about.licence],
    ['citation', about.citation],
    ['access', accesses[about.access]],
    ...(about.obtain ? [['to get it', about.obtain] as [string, string]] : []),
    [
      'counts',
      Object.entries(expected)
        .map(([what, count]) => `${what}: ${count}`)
        .join(', ') || 'none stated',
    ],
    ['default task', [task, ...given(taskOptions[task] ?? {})].join(' ')],
    ...others.map(([other, values]): [string, string] => [
      `for ${other}`,
      `${given(values).join(' ')} by default`,
    ]),
    ...suited('images', { ...image, ...imageFor[task] }),
    ...suited('training', training),
  ];
}
