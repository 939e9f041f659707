import { methods } from '../../attribution/index.js';
import { kebabCase, lookUp } from '../../base/names.js';
import { flag, type OptionSpecs } from '../../base/options.js';
import type { Paper } from '../../base/paper.js';
import { metrics } from '../../evaluation/index.js';
import { command } from '../command.js';
import { describe } from '../help.js';

const name = (what: string) => [{ name: 'NAME', doc: `only this ${what}`, required: false }];
const json = flag({ doc: 'print JSON', default: false });

export const methodsCommand = command({
  name: 'methods',
  summary: 'Lists the attribution methods with their family, options and paper.',
  positionals: name('method'),
  flags: { json },
  examples: ['sightline methods', 'sightline methods rise'],
  async run({ flags, positionals: [only], print }) {
    const shown = only === undefined ? Object.values(methods) : [lookUp(methods, only, 'method')];
    if (flags.json)
      return print(
        JSON.stringify(
          shown.map(({ attribute, ...declared }) => declared),
          null,
          2,
        ),
      );
    for (const { name, family, doc, paper, options } of shown)
      printEntry(print, `${name}  (${family})`, doc, paper, options);
  },
});

export const metricsCommand = command({
  name: 'metrics',
  summary: 'Lists the metrics with their category, contract, options and paper.',
  positionals: name('metric'),
  flags: { json },
  examples: ['sightline metrics', 'sightline metrics pointing-game'],
  async run({ flags, positionals: [only], print }) {
    const shown = only === undefined ? Object.values(metrics) : [lookUp(metrics, only, 'metric')];
    if (flags.json)
      return print(
        JSON.stringify(
          shown.map(({ score, ...declared }) => declared),
          null,
          2,
        ),
      );
    for (const { name, category, doc, paper, options, direction, range, reads, ties } of shown) {
      printEntry(print, `${name}  (${category})`, doc, paper, options);
      print(
        `    ${direction === 'none' ? 'no direction' : `${direction} is better`}, ${range[0]} to ${range[1]}; reads ${reads} values; ties: ${ties}`,
      );
    }
  },
});

function printEntry(
  print: (line: string) => void,
  title: string,
  doc: string,
  paper: Paper | undefined,
  options: OptionSpecs,
) {
  print(title);
  print(`    ${doc}`);
  if (paper) print(`    ${paper.authors} (${paper.year}). ${paper.title}. ${paper.id}`);
  for (const [option, spec] of Object.entries(options)) print(`    ${kebabCase(option)}: ${describe(spec)}`);
}
