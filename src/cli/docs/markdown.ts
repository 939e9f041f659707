import { kebabCase } from '../../base/names.js';
import type { OptionSpecs } from '../../base/options.js';
import type { Paper } from '../../base/paper.js';
import { isNothing, searchText } from '../help.js';

/** Escapes text for Markdown, in a sentence or a table cell. */
export const plain = (text: string) =>
  text.replace(/[|<*]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])/g, (sign) => `\\${sign}`);

export const code = (text: string) => `\`${text}\``;

export const block = (lines: readonly string[]) => ['```', ...lines, '```'].join('\n');

/** A table whose cells are already Markdown. */
export function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(heads), `|${heads.map(() => '---|').join('')}`, ...rows.map(line)].join('\n');
}

export function optionTable(options: OptionSpecs): string {
  const rows = Object.entries(options).map(([name, { doc, accepts, default: value, search }]) => [
    nameOf(name),
    isNothing(value) ? '' : code(typeof value === 'string' ? value : JSON.stringify(value)),
    plain(accepts),
    plain(search === undefined ? doc : `${doc}; ${searchText(search)}`),
  ]);
  return rows.length === 0 ? 'No options.' : table(['option', 'default', 'takes', 'what it does'], rows);
}

/** An option's name on the command line, and its name in a notebook where that differs. */
function nameOf(name: string): string {
  const spelt = kebabCase(name);
  return spelt === name ? code(name) : `${code(spelt)}, in TypeScript ${code(name)}`;
}

export function citation({ authors, year, title, id }: Paper): string {
  const [, doi] = /^(?:doi:)?(10\..*)$/.exec(id) ?? [];
  const [, arxiv] = /^arXiv:(.*)$/.exec(id) ?? [];
  const address = doi ? `https://doi.org/${doi}` : arxiv ? `https://arxiv.org/abs/${arxiv}` : `https://${id}`;
  return `Paper: ${plain(authors)} (${year}). ${plain(title)}. [${plain(id)}](${address})`;
}

/** Links to headings by their text; as on GitHub, a repeated anchor gets a number. */
export function links(headings: readonly string[]): ReadonlyMap<string, string> {
  const seen = new Map<string, number>();
  return new Map(
    headings.map((heading) => {
      const anchor = heading
        .toLowerCase()
        .replace(/[^a-z0-9 -]/g, '')
        .replaceAll(' ', '-');
      const before = seen.get(anchor) ?? 0;
      seen.set(anchor, before + 1);
      return [heading, `[${heading}](#${before === 0 ? anchor : `${anchor}-${before}`})`];
    }),
  );
}

/** An overview of all entries by group, and a section for each. */
export function sections<T extends { readonly name: string; readonly doc: string }>(
  groups: ReadonlyMap<string, readonly T[]>,
  section: (entry: T) => readonly string[],
): string[] {
  const headings = [...groups].flatMap(([group, entries]) => [group, ...entries.map(({ name }) => name)]);
  const linked = links(headings);
  const overview = [...groups].map(
    ([group, entries]) => `- ${linked.get(group)}: ${entries.map(({ name }) => linked.get(name)).join(', ')}`,
  );
  const all = [...groups].flatMap(([group, entries]) => [
    `## ${group}`,
    ...entries.flatMap((entry) => [`### ${entry.name}`, plain(entry.doc), ...section(entry)]),
  ]);
  return [overview.join('\n'), ...all];
}

/** A generated page. */
export const page = (title: string, from: string, parts: readonly string[]) =>
  `${[`<!-- Written by "npm run docs" from ${from}: change it there. -->`, `# ${title}`, ...parts].join('\n\n')}\n`;
