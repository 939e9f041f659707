import { messageOf, SightlineError } from '../base/errors.js';
import { lookUp } from '../base/names.js';
import { terminalProgress } from '../base/progress-terminal.js';
import type { Command } from './command.js';
import * as commandFiles from './commands/index.js';
import { helpOf, overview } from './help.js';
import { parse } from './parse.js';

const commands: Readonly<Record<string, Command>> = Object.fromEntries(
  Object.values<Command>(commandFiles).map((command) => [command.name, command]),
);

/** Runs one command line; returns the exit code: 0 it worked, 1 it failed, 2 it was called wrongly, 130 it was stopped. */
export async function sightline(args: readonly string[], print: (line: string) => void): Promise<number> {
  const [name, ...rest] = args;
  const stop = new AbortController();
  const interrupted = () => stop.abort();
  process.once('SIGINT', interrupted);
  process.once('SIGTERM', interrupted);
  try {
    if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
      print(overview(Object.values(commands)));
      return name === undefined ? 2 : 0;
    }
    const command = lookUp(commands, name, 'command');
    if (rest.includes('--help') || rest.includes('-h')) {
      print(helpOf(command));
      return 0;
    }
    const parsed = await parse(command, rest);
    await command.run({ ...parsed, print, run: { progress: terminalProgress(), signal: stop.signal } });
    return 0;
  } catch (error) {
    process.stderr.write(`sightline: ${messageOf(error)}\n`);
    if (!(error instanceof SightlineError)) {
      if (process.env.SIGHTLINE_DEBUG) console.error(error);
      return 1;
    }
    return error.kind === 'usage' ? 2 : error.kind === 'cancelled' ? 130 : 1;
  } finally {
    process.off('SIGINT', interrupted);
    process.off('SIGTERM', interrupted);
  }
}
