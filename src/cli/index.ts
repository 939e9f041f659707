import { printable, SightlineError, toldOf } from '../base/errors.js';
import { kebabCase } from '../base/names.js';
import { terminalProgress } from '../base/progress-terminal.js';
import { registryOf } from '../base/registry.js';
import { versions } from '../benchmark/manifest.js';
import { type Chosen, choose } from './choose.js';
import type { Command } from './command.js';
import * as commandFiles from './commands/index.js';
import { helpOf, overview } from './help.js';
import { parse } from './parse.js';

export const commands: readonly Command[] = Object.values<Command>(registryOf(commandFiles));

type Print = (line: string) => void;

/** Runs one command line. Returns the exit code: 0 success, 1 failure, 2 wrong usage, 130 interrupted. */
export async function sightline(args: readonly string[], print: Print): Promise<number> {
  const stop = new AbortController();
  const interrupted = () => stop.abort();
  process.once('SIGINT', interrupted);
  process.once('SIGTERM', interrupted);
  try {
    if (args[0] === '--version') {
      print(String(versions().sightline));
      return 0;
    }
    const chosen = choose(commands, args);
    if (chosen.help || !('command' in chosen)) {
      print(helpFor(chosen));
      return chosen.help ? 0 : 2;
    }
    const { command, rest } = chosen;
    const parsed = await parse(command, rest);
    const shown: Print = (text) => print(text.split('\n').map(printable).join('\n'));
    const warn: Print = (line) => process.stderr.write(`sightline: ${printable(line)}\n`);
    const run = { progress: terminalProgress(), signal: stop.signal };
    await command.run({ ...parsed, print: shown, warn, run });
    return 0;
  } catch (error) {
    process.stderr.write(`sightline: ${spelled(error)}\n`);
    if (!(error instanceof SightlineError)) {
      if (process.env.SIGHTLINE_DEBUG) console.error(error);
      return 1;
    }
    return error.kind === 'usage' ? 2 : error.kind === 'cancelled' ? 130 : 1;
  } finally {
    process.off('SIGINT', interrupted);
    process.off('SIGTERM', interrupted);
    // Whatever the end, the engines of the call go.
    stop.abort();
  }
}

/** An error's message, with options spelled as on the command line. */
const spelled = (error: unknown) =>
  (error instanceof SightlineError ? error.named : []).reduce(
    (message, name) => message.replaceAll(name, kebabCase(name)),
    printable(toldOf(error)),
  );

const helpFor = (chosen: Chosen) =>
  'command' in chosen ? helpOf(chosen.command) : overview(chosen.members, chosen.group);
