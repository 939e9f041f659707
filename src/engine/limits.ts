import { totalmem } from 'node:os';
import { usageError } from '../base/errors.js';

/**
 * The limits of the process of an engine, which ends when it exceeds one. Protects against faulty model
 * files.
 */
export interface Limits {
  /** The resident memory of the process, all sessions together, in bytes. */
  readonly memory: number;
  /** The seconds that one call (a compilation or a run) may take; `secondsFor` gives the default. */
  readonly seconds: number | undefined;
}

export interface LimitOptions {
  /** Memory limit in GB; by default 80 % of the machine's memory. */
  readonly memoryLimit?: number;
  /**
   * Time limit of one call in seconds; by default 120, or 1,000 times the longest call so far if that is
   * more.
   */
  readonly timeLimit?: number;
}

export const gigabyte = 1e9;

/** How the sentence about a process that exceeded a limit begins. */
export const overLimit = 'ran out of ';

/**
 * The limits from the options, else from the environment variables `SIGHTLINE_MEMORY_LIMIT` and
 * `SIGHTLINE_TIME_LIMIT`, else the defaults. Throws a usage error for a variable that is not a positive
 * number.
 */
export function limitsOf({ memoryLimit, timeLimit }: LimitOptions): Limits {
  const memory = memoryLimit ?? fromEnvironment('SIGHTLINE_MEMORY_LIMIT');
  return {
    memory: memory === undefined ? 0.8 * machineMemory() : memory * gigabyte,
    seconds: timeLimit ?? fromEnvironment('SIGHTLINE_TIME_LIMIT'),
  };
}

/**
 * The seconds that one call may take, where `longest` is the duration of the longest call so far. By default
 * a call that hangs ends, and a large model on a slow machine has time to finish.
 */
export const secondsFor = ({ seconds }: Limits, longest: number): number =>
  seconds ?? Math.max(120, 1000 * longest);

/** The memory of the machine, or of the container if that is less, in bytes. */
function machineMemory(): number {
  const constrained = process.constrainedMemory();
  return constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
}

function fromEnvironment(name: string): number | undefined {
  const text = process.env[name];
  if (!text) return undefined;
  const value = Number(text);
  if (!(value > 0)) throw usageError(`${name} is '${text}'; it takes a number above 0`);
  return value;
}
