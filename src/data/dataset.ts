import type { OptionSpecs, OptionValues } from '../base/options.js';
import type { RunContext } from '../base/run.js';
import type { Archive } from './record.js';

/** A file that can be downloaded without registration. */
export interface DatasetFile {
  readonly url: string;
  /**
   * Where it goes, relative to the data set's folder; an archive is unpacked into the folder of that name's
   * parent.
   */
  readonly path: string;
  readonly size?: number;
  readonly sha256?: string;
  readonly unpack?: 'zip' | 'tar.gz';
  /** Leading folders of an archive's entries to leave out. */
  readonly strip?: number;
}

/**
 * One archive of annotated images: a value of this type in a file of its own, and one export line in the
 * index.
 */
export interface Dataset<S extends OptionSpecs = OptionSpecs> {
  readonly name: string;
  readonly title: string;
  readonly modality: string;
  /** The page that publishes it. */
  readonly source: string;
  readonly licence: string;
  readonly citation: string;
  readonly access: 'public' | 'registration';
  /** Counts that its publishers or its paper state, by what they count. */
  readonly expected: Readonly<Record<string, number>>;
  readonly options: S;
  /** What has to lie where below the root, one line for each file or folder. */
  readonly layout: readonly string[];
  readonly files?: readonly DatasetFile[];
  /** What a person has to do where `files` do not bring everything. */
  readonly obtain?: string;
  /**
   * Reads all annotations below `root`, no pixels. Throws where a file that is needed is missing or
   * malformed.
   */
  read(root: string, options: OptionValues<S>, run: RunContext): Promise<Archive>;
}

/** Declares a data set with its options' types inferred; the registry forgets them again. */
export function dataset<S extends OptionSpecs>(declared: Dataset<S>): Dataset {
  return declared;
}
