import { groupBy } from '../../base/groups.js';
import { type Metric, metrics } from '../../evaluation/index.js';
import { citation, optionTable, page, plain, sections, table } from './markdown.js';

export const metricsPage = () =>
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
