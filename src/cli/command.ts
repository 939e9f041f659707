import type { OptionSpecs, OptionValues } from '../base/options.js';
import type { RunContext } from '../base/run.js';

/**
 * One command of `sightline`: a value of this type in a file of its own, and one export line in the index.
 */
export interface Command<N extends string = string, S extends OptionSpecs = OptionSpecs> {
  /** One word, or two where it is one of a group: `data prepare`. */
  readonly name: N;
  readonly summary: string;
  /** What stands behind the command's name; the last may be given any number of times. */
  readonly positionals?: readonly Positional[];
  readonly flags: S;
  /** Flags that help shows together, by title. */
  readonly groups?: Readonly<Record<string, OptionSpecs>>;
  /** Flags without which the command makes no sense. */
  readonly required?: readonly string[];
  /** Takes `--option key=value`, any number of times: what help says of it. */
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
  /** What was given by `--option`, with arrays and lists read from their files. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Writes a line of the result to standard output. */
  print(line: string): void;
  /** Writes a line about the result to standard error. */
  warn(line: string): void;
  readonly run: RunContext;
}

/** Declares a command; its name and its flags keep their types. */
export function command<const N extends string, S extends OptionSpecs>(
  declared: Command<N, S>,
): Command<N, S> {
  return declared;
}
