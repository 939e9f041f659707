import { methods } from '../../attribution/index.js';
import type { Method } from '../../attribution/method.js';
import { kebabCase, lookUp } from '../../base/names.js';
import { flag } from '../../base/options.js';
import { metrics } from '../../evaluation/index.js';
import { command } from '../command.js';
import { describe } from '../help.js';
import { textTable } from '../wrap.js';

const name = (what: string) => [{ name: 'NAME', doc: `only this ${what}`, required: false }];
const json = flag({ doc: 'print JSON', default: false });
const long = flag({ doc: 'print the options and paper of every entry', default: false });
/** The members' declarations as JSON, without their functions. */
const inJson = (shown: readonly object[]) => JSON.stringify(shown, null, 2);

export const methodsCommand = command({
  name: 'methods',
  summary: 'Lists the attribution methods with their family, options and paper.',
  positionals: name('method'),
  flags: { json, long },
  examples: ['sightline methods', 'sightline methods rise', 'sightline methods --long'],
  async run({ flags, positionals: [only], print }) {
    const shown = only === undefined ? Object.values(methods) : [lookUp(methods, only, 'method')];
    if (flags.json) return print(inJson(shown));
    if (only === undefined && !flags.long)
      return printList(
        print,
        ['method', 'family'],
        shown.map(({ name, family, doc }) => [name, family, doc]),
      );
    for (const entry of shown) printEntry(print, `${entry.name}  (${entry.family})`, entry);
  },
});

export const metricsCommand = command({
  name: 'metrics',
  summary: 'Lists the metrics with their category, contract, options and paper.',
  positionals: name('metric'),
  flags: { json, long },
  examples: ['sightline metrics', 'sightline metrics pointing-game', 'sightline metrics --long'],
  async run({ flags, positionals: [only], print }) {
    const shown = only === undefined ? Object.values(metrics) : [lookUp(metrics, only, 'metric')];
    if (flags.json) return print(inJson(shown));
    if (only === undefined && !flags.long)
      return printList(
        print,
        ['metric', 'category'],
        shown.map(({ name, category, doc }) => [name, category, doc]),
      );
    for (const entry of shown) {
      const { name, category, direction, range, reads, ties } = entry;
      printEntry(print, `${name}  (${category})`, entry);
      print(
        `    ${direction === 'none' ? 'no direction' : `${direction} is better`}, ${range[0]} to ${range[1]}; reads ${reads} values; ties: ${ties}`,
      );
    }
  },
});

/** One line an entry; the first sentence of its description. */
function printList(print: (line: string) => void, columns: readonly string[], rows: readonly string[][]) {
  const brief = rows.map(([name, group, doc]) => [
    name!,
    group!,
    doc!.split(/[.:;] /)[0]!.replace(/\.$/, ''),
  ]);
  for (const line of textTable([...columns, 'what it computes'], brief)) print(line);
}

type Entry = Pick<Method, 'doc' | 'paper' | 'options'>;

function printEntry(print: (line: string) => void, title: string, { doc, paper, options }: Entry) {
  print(title);
  print(`    ${doc}`);
  if (paper) print(`    ${paper.authors} (${paper.year}). ${paper.title}. ${paper.id}`);
  for (const [option, spec] of Object.entries(options)) print(`    ${kebabCase(option)}: ${describe(spec)}`);
}
