import { allDatasets } from '../../benchmark/dataset.js';
import { factsOf } from '../commands/data/list.js';
import { block, links, optionTable, page, plain, table } from './markdown.js';

export function datasetsPage(): string {
  const all = Object.values(allDatasets);
  const linked = links(all.map(({ name }) => name));
  return page('Data sets', 'src/data/datasets and src/synthetic', [
    [
      'Those that need no registration are fetched by `sightline data fetch NAME --out DIR`. Each is read where it lies: on the command',
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
