import { kebabCase } from '../base/names.js';
import type { Option, Search } from '../base/options.js';
import type { Command, Positional } from './command.js';
import { columns, wrap, wrapCommand } from './wrap.js';

const WIDEST = 100;
const widthHere = () => Math.min(process.stdout.columns || WIDEST, WIDEST);

export function helpOf(command: Command, width = widthHere()): string {
  const isRequired = (name: string) => command.required?.includes(name) === true;
  const flags = Object.entries(command.flags).map(([name, option]) => ({ name, option }));
  const required = flags
    .filter(({ name }) => isRequired(name))
    .sort((a, b) => command.required!.indexOf(a.name) - command.required!.indexOf(b.name));
  const groups = Object.entries(command.groups ?? {}).map(([title, specs]) => ({
    title,
    rows: flags.filter(({ name }) => name in specs && !isRequired(name)),
  }));
  const grouped = new Set(groups.flatMap(({ rows }) => rows.map(({ name }) => name)));
  const others = flags.filter(({ name }) => !isRequired(name) && !grouped.has(name));
  const option: Row[] = command.takesOptions ? [['--option', command.takesOptions]] : [];
  const words = (command.positionals ?? []).map(({ name, doc }): Row => [name, sentence(doc)]);
  const rest = required.length > 0 || groups.length > 0 ? 'Other flags' : 'Flags';
  return [
    ...wrap(command.summary, width),
    '',
    ...wrap(usage(command), width - 2).map((line, i) => `  ${i === 0 ? line : `    ${line}`}`),
    ...section('Arguments', words, width),
    ...section('Required flags', required.map(flagRow), width),
    ...groups.flatMap(({ title, rows }) => section(title, rows.map(flagRow), width)),
    ...section(rest, [...option, ...others.map(flagRow)], width),
    ...examples(command.examples, width),
  ].join('\n');
}

/** The list of commands, all or those of a group. */
export function overview(commands: readonly Command[], group = '', width = widthHere()): string {
  const prefix = group === '' ? '' : `${group} `;
  const about =
    'Sightline measures whether explanations of medical image classifiers point where the pathology is.';
  const rows = commands.map(({ name, summary }): Row => [name, summary]);
  return [
    ...(group === '' ? [...wrap(about, width), ''] : []),
    `  sightline ${prefix}COMMAND [flags]`,
    ...section('Commands', rows, width),
    '',
    `sightline ${prefix}COMMAND --help tells more.`,
  ].join('\n');
}

/** What a search over an option draws, in words. */
export function searchText(search: Search): string {
  if ('among' in search) return `tune draws ${search.among.join(', ')}`;
  const kind =
    search.draws === undefined ? '' : ` (${search.draws === 'log' ? 'logarithmic' : search.draws})`;
  return `tune draws ${search.from} to ${search.to}${kind}`;
}

/** Formats what an option accepts and its default in one line. */
export function describe({ doc, accepts, default: value, search }: Option<unknown>): string {
  const about = [
    ...(accepts === 'a text' ? [] : [accepts]),
    ...(isNothing(value) ? [] : [`${JSON.stringify(value).replaceAll('"', '')} by default`]),
    ...(search === undefined ? [] : [searchText(search)]),
  ];
  return about.length > 0 ? `${sentence(doc)} (${about.join('; ')})` : sentence(doc);
}

type Row = readonly [string, string];

const flagRow = ({ name, option }: { name: string; option: Option<unknown> }): Row => [
  `--${kebabCase(name)}`,
  option.accepts === 'true or false' ? sentence(option.doc) : describe(option),
];

function usage({ name, positionals = [], required = [], flags, takesOptions }: Command): string {
  const needed = required.map((flag) => `--${kebabCase(flag)} ...`);
  const more = Object.keys(flags).length > required.length || takesOptions ? ['[flags]'] : [];
  return ['sightline', name, ...positionals.map(place), ...needed, ...more].join(' ');
}

function place({ name, required, many }: Positional): string {
  const word = many ? `${name} ...` : name;
  return required ? word : `[${word}]`;
}

function section(title: string, rows: readonly Row[], width: number): string[] {
  return rows.length === 0 ? [] : ['', `${title}:`, ...columns(rows, width)];
}

function examples(lines: readonly string[], width: number): string[] {
  const wrapped = lines.flatMap((line) => wrapCommand(`npx ${line}`, width - 2).map((one) => `  ${one}`));
  return ['', 'Examples:', ...wrapped];
}

export const isNothing = (value: unknown) =>
  value === undefined || value === '' || (Array.isArray(value) && value.length === 0);

/**
 * A doc text as part of a sentence: without the full stop, and in lower case unless it begins with an
 * acronym.
 */
const sentence = (doc: string) => doc.replace(/\.$/, '').replace(/^[A-Z](?=[a-z ])/, (c) => c.toLowerCase());
