import { methods } from '../../attribution/index.js';
import type { Method } from '../../attribution/method.js';
import { groupBy } from '../../base/groups.js';
import { citation, optionTable, page, sections } from './markdown.js';

const maps: Readonly<Record<Method['maps'], string>> = {
  input: "The map has the input's shape.",
  spatial: 'The map has one channel.',
};

export const methodsPage = () =>
  page('Methods', 'src/attribution', [
    [
      'Each explains one output of a classifier for an image by a signed map. On the command line it is called by',
      '`sightline attribute --method NAME --option key=value`, in a notebook by `explain(model, sample, NAME, options)`.',
    ].join('\n'),
    ...sections(
      groupBy(Object.values(methods), ({ family }) => `Family ${family}`),
      ({ paper, options, maps: shape }) => [
        ...(paper ? [citation(paper)] : []),
        maps[shape],
        optionTable(options),
      ],
    ),
  ]);
