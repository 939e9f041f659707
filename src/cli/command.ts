import type { OptionSpecs, OptionValues } from '../base/options.js';
import type { RunContext } from '../base/run.js';

/** One command of `sightline`: a value of this type in its own file, and one export line in the index. */
export interface Command<N extends string = string, S extends OptionSpecs = OptionSpecs> {
  /** One word, or two for a command of a group: `data prepare`. */
  readonly name: N;
  readonly summary: string;
  /** Arguments after the command's name; the last may be repeated. */
  readonly positionals?: readonly Positional[];
  readonly flags: S;
  /** Flags that the help groups under a title. */
  readonly groups?: Readonly<Record<string, OptionSpecs>>;
  /** Flags that must be given. */
  readonly required?: readonly string[];
  /** Flags of which the command itself asks for one; they are named beside others that are missing. */
  readonly oneOf?: readonly string[];
  /** Where the command takes `--option key=value`, any number of times: its help text. */
  readonly takesOptions?: string;
  readonly examples: readonly string[];
  run(call: Call<OptionValues<S>>): Promise<void>;
}

export interface Positional {
  readonly name: string;
  readonly doc: string;
  readonly required: boolean;
  readonly many?: boolean;
}

export interface Call<F> {
  readonly flags: F;
  readonly positionals: readonly string[];
  /** Values of `--option`, with arrays and lists read from their files. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Prints a line of the result to standard output. */
  print(line: string): void;
  /** Writes a line about the result to standard error. */
  warn(line: string): void;
  readonly run: RunContext;
}

/** Declares a command; the types of its name and flags are kept. */
export function command<const N extends string, S extends OptionSpecs>(
  declared: Command<N, S>,
): Command<N, S> {
  return declared;
}
