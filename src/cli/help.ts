import type { Option } from '../base/options.js';
import type { Command } from './command.js';

export function helpOf(command: Command): string {
  const places = (command.positionals ?? []).map(({ name, required }) => (required ? name : `[${name}]`));
  const flags = [
    ...Object.entries(command.flags).map(([name, option]) => flagRow(name, option, command)),
    ...(command.takesOptions
      ? [['--option key=value', 'an option of the named method or metric, any number of times']]
      : []),
  ];
  return [
    `${command.summary}`,
    '',
    `  sightline ${[command.name, ...places].join(' ')}${flags.length > 0 ? ' [flags]' : ''}`,
    ...section(
      'Arguments',
      (command.positionals ?? []).map(({ name, doc }) => [name, doc]),
    ),
    ...section('Flags', flags),
    ...section(
      'Examples',
      command.examples.map((example) => [example]),
    ),
  ].join('\n');
}

export function overview(commands: readonly Command[]): string {
  return [
    'Sightline measures whether explanations of medical image classifiers point where the pathology is.',
    '',
    '  sightline COMMAND [flags]',
    ...section(
      'Commands',
      commands.map(({ name, summary }) => [name, summary]),
    ),
    '',
    'sightline COMMAND --help tells more.',
  ].join('\n');
}

/** What an option takes and holds by default, in one line. */
export function describe({ doc, accepts, default: value }: Option<unknown>): string {
  const held =
    value === undefined || value === '' ? '' : `; ${JSON.stringify(value).replaceAll('"', '')} by default`;
  return `${doc} (${accepts}${held})`;
}

function flagRow(name: string, option: Option<unknown>, command: Command): string[] {
  const needed = command.required?.includes(name) ? 'needed: ' : '';
  return [`--${name}`, `${needed}${describe(option)}`];
}

function section(title: string, rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return [];
  const width = Math.max(...rows.map(([first]) => first!.length));
  const lines = rows.map(
    ([first, ...rest]) => `  ${rest.length > 0 ? first!.padEnd(width + 2) : first}${rest.join(' ')}`,
  );
  return ['', `${title}:`, ...lines];
}
