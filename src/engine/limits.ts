import { totalmem } from 'node:os';
import { usageError } from '../base/errors.js';

/** What the process of an engine may take before it is ended; a model file may ask for anything. */
export interface Limits {
  /** Memory of all its lanes together, in bytes. */
  readonly memory: number;
  /**
   * For one call (a program's compilation, or one run of it), in seconds; see `secondsFor` where it is not
   * said.
   */
  readonly seconds: number | undefined;
}

export interface LimitOptions {
  /** In GB; 80 % of the machine's by default. */
  readonly memoryLimit?: number;
  /** For one call, in seconds; by default 120, or 1,000 times the longest call so far where that is more. */
  readonly timeLimit?: number;
}

export const gigabyte = 1e9;

/**
 * Limits as given, else from the environment (`SIGHTLINE_MEMORY_LIMIT`, `SIGHTLINE_TIME_LIMIT`), else from
 * the machine.
 */
export function limitsOf({ memoryLimit, timeLimit }: LimitOptions): Limits {
  const memory = memoryLimit ?? fromEnvironment('SIGHTLINE_MEMORY_LIMIT');
  return {
    memory: memory === undefined ? 0.8 * machineMemory() : memory * gigabyte,
    seconds: timeLimit ?? fromEnvironment('SIGHTLINE_TIME_LIMIT'),
  };
}

/**
 * How long a call may take, where `longest` seconds is what one took so far: a hang ends, and a large model
 * on a slow machine does not.
 */
export const secondsFor = ({ seconds }: Limits, longest: number): number =>
  seconds ?? Math.max(120, 1000 * longest);

/** The machine's memory, or a container's where that is less. */
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
