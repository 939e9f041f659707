import { methods } from '../../attribution/index.js';
import type { Method } from '../../attribution/method.js';
import { describedPrototypes } from '../../attribution/prototype/counted.js';
import { groupBy } from '../../base/groups.js';
import { IN_MEAN } from '../../benchmark/cases.js';
import { allDatasets } from '../../benchmark/dataset.js';
import { type Metric, metrics } from '../../evaluation/index.js';
import { type Literature, loadLiterature } from '../../literature/literature.js';
import { factsOf } from '../commands/data/list.js';
import { helpOf, overview } from '../help.js';
import { commands } from '../index.js';
import { literaturePages, worksLine } from './literature.js';
import { block, citation, links, optionTable, page, plain, sections, table } from './markdown.js';

/** The generated pages by path. */
export function pages(): Readonly<Record<string, string>> {
  const literature = loadLiterature();
  return {
    'docs/cli.md': commandsPage(),
    'docs/datasets.md': datasetsPage(),
    'docs/methods.md': methodsPage(literature),
    'docs/metrics.md': metricsPage(literature),
    ...literaturePages(literature),
  };
}

const width = 100;

const commandsPage = () =>
  page('Commands', 'src/cli/commands', [
    'Each is run as `npx sightline COMMAND`. Exit codes: 0 it worked, 1 it failed, 2 it was called wrongly, 130 it was stopped.',
    block(overview(commands, '', width).split('\n')),
    ...commands.flatMap((command) => [`## ${command.name}`, block(helpOf(command, width).split('\n'))]),
  ]);

function datasetsPage(): string {
  const all = Object.values(allDatasets);
  const linked = links(all.map(({ name }) => name));
  return page('Data sets', 'src/data/datasets and src/synthetic', [
    [
      'Those that need no registration are fetched by `sightline data fetch NAME --out DIR` (`--unverified` where no SHA-256 is listed). Each is read where it lies: on the command',
      "line by `--dataset NAME --root DIR --dataset-option key=value`, in a notebook by `loadDataset('NAME', { root, datasetOptions })`.",
    ].join('\n'),
    table(
      ['name', 'what it is', 'modality'],
      all.map(({ name, title, modality }) => [linked.get(name)!, plain(title), plain(modality)]),
    ),
    ...all.flatMap((dataset) => [
      `## ${dataset.name}`,
      plain(dataset.title),
      table(
        ['', ''],
        factsOf(dataset).map(([fact, value]) => [fact, plain(value)]),
      ),
      'What lies where below the root:',
      block(dataset.layout),
      optionTable(dataset.options),
    ]),
  ]);
}

const maps: Readonly<Record<Method['maps'], string>> = {
  input: "The map has the input's shape.",
  spatial: 'The map has one channel.',
};

const methodsPage = ({ works }: Literature) =>
  page('Methods', 'src/attribution', [
    [
      'Each explains one output of a classifier for an image by a signed map. On the command line it is called by',
      '`sightline attribute --method NAME --option key=value`, in a notebook by `explain(model, sample, NAME, options)`.',
      'Defaults are those of these two; `sightline benchmark` gives an option `baseline` the mean of the training images',
      `(of ${IN_MEAN} of them, spread evenly over all, where there are more), and says so.`,
      'Where an image may show several findings (task `multi-label`), a benchmark explains one that is annotated, drawn by the seed,',
      "and scores its maps against that finding's boxes or masks alone, as `score(heat)` does of the class that was explained.",
      'Of a sample of several images that a network folds into its batch (views, slices, instances of a bag), a class activation map is',
      'that of each image with the others as they are, at its place in the input.',
      `Prototypes of a ProtoPNet that was trained elsewhere are those that its file tells: ${describedPrototypes.replace(/'(.*?)' (\{.*\})/, '`$1` `$2`')}.`,
    ].join('\n'),
    ...sections(
      groupBy(Object.values(methods), ({ family }) => `Family ${family}`),
      (method) => [
        ...(method.paper ? [citation(method.paper)] : []),
        ...worksLine(works, method, 'methods'),
        maps[method.maps],
        optionTable(method.options),
      ],
    ),
  ]);

const metricsPage = ({ works }: Literature) =>
  page('Metrics', 'src/evaluation', [
    [
      'Each gives one number for a map, or NaN with the reason where it is undefined: such a score is counted in every table, never',
      'dropped. On the command line it is called by `sightline score --metric NAME --option key=value`, in a notebook by',
      "`score(heat, ['NAME'])`.",
    ].join('\n'),
    ...sections(
      groupBy(Object.values(metrics), ({ category }) => `Category ${category}`),
      (metric) => [
        ...(metric.paper ? [citation(metric.paper)] : []),
        ...worksLine(works, metric, 'metrics'),
        table(['contract', ''], contract(metric)),
        optionTable(metric.options),
      ],
    ),
  ]);

const contract = ({ direction, range, reads, ties, undefinedFor, needs, invariantTo }: Metric) => [
  ['better is', direction],
  ['range', range.join(' to ')],
  ['sign read', reads],
  ['ties', plain(ties)],
  ['empty mask', plain(undefinedFor.emptyMask)],
  ['flat map', plain(undefinedFor.flatMap)],
  ['NaN or infinity', plain(undefinedFor.nan)],
  ['needs', ['map', ...needs].join(', ')],
  ['does not change with', invariantTo.join(', ') || 'nothing declared'],
];
