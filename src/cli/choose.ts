import { unknownName } from '../base/names.js';
import type { Command } from './command.js';

/**
 * The selection of a command line: a command with its arguments, or a group of commands. The group without a
 * name holds all commands.
 */
export type Chosen = { readonly help: boolean } & (
  | { readonly command: Command; readonly rest: readonly string[] }
  | { readonly group: string; readonly members: readonly Command[] }
);

const asksForHelp = (word: string | undefined) => word === '--help' || word === '-h';

/**
 * Finds the command that the first one or two words of `args` name. Throws for an unknown command, with the
 * nearest name.
 */
export function choose(commands: readonly Command[], args: readonly string[]): Chosen {
  if (args[0] === 'help') return choose(commands, [...args.slice(1), '--help']);
  return within('', commands, args);
}

function within(group: string, members: readonly Command[], args: readonly string[]): Chosen {
  const [word, ...rest] = args;
  if (word === undefined || asksForHelp(word)) return { group, members, help: word !== undefined };
  const name = group === '' ? word : `${group} ${word}`;
  const command = members.find((one) => one.name === name);
  if (command) return { command, rest, help: rest.some(asksForHelp) };
  const inner = members.filter((one) => one.name.startsWith(`${name} `));
  if (inner.length > 0) return within(name, inner, rest);
  const depth = group === '' ? 0 : group.split(' ').length;
  const known = new Set(members.map((one) => one.name.split(' ')[depth]!));
  throw unknownName([...known], word, group === '' ? 'command' : `command of sightline ${group}`);
}
