import type { Random } from '../../base/random.js';

/** One kind of input that is fuzzed. */
export interface FuzzKind {
  readonly name: string;
  /** Name of the file that is tried, inside a folder of its own. */
  readonly file: string;
  /** Valid small files. */
  readonly seeds: () => Promise<readonly Uint8Array[]>;
  /** Whether most mutations stay within printable ASCII. */
  readonly text?: boolean;
  /** Words of the format that mutations insert. */
  readonly dictionary?: readonly string[];
  /** A mutation of the format's structure, tried on every second input; `undefined` where it can't apply. */
  readonly restructure?: (bytes: Uint8Array, random: Random) => Uint8Array | undefined;
  /** Writes what the file needs beside it into its folder, once. */
  readonly surround?: (folder: string) => Promise<void>;
  /** Reads the file as a command would. May throw `SightlineError` only. */
  readonly read: (path: string) => Promise<void>;
}
