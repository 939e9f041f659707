import type { GivenOptions, OptionSpecs, OptionValues } from '../base/options.js';
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

/** What is made of a data set where nothing else is said. */
export interface Defaults {
  /** A reformulation by name. */
  readonly task: string;
  /** Options by reformulation: those of the default task, and good ones for others that suit the data. */
  readonly taskOptions?: Readonly<Record<string, GivenOptions>>;
  readonly image?: GivenOptions;
  /** The form of the images by reformulation, over `image`. */
  readonly imageFor?: Readonly<Record<string, GivenOptions>>;
  /** Options of the training. */
  readonly training?: GivenOptions;
}

/**
 * One archive of annotated images: a value of this type in its own file, and one export line in the index.
 */
export interface Dataset<N extends string = string, S extends OptionSpecs = OptionSpecs> {
  /** The name by which data sets are chosen. */
  readonly name: N;
  /** The full title, for tables. */
  readonly title: string;
  /** The imaging modality, such as chest radiographs. */
  readonly modality: string;
  /** The page that publishes it. */
  readonly source: string;
  /** The licence of the images. */
  readonly licence: string;
  /** How its publishers ask to be cited. */
  readonly citation: string;
  /** `drawn` where this library makes the images itself, `own` where they are the user's. */
  readonly access: 'public' | 'registration' | 'drawn' | 'own';
  /** Counts that its publishers or its paper state, by what they count. */
  readonly expected: Readonly<Record<string, number>>;
  /** Declared options. */
  readonly options: S;
  /** The task, the image form and the training that suit the data. */
  readonly defaults: Defaults;
  /** The files and folders that must lie below the root, one line each. */
  readonly layout: readonly string[];
  /** Files that `sightline data fetch` downloads. */
  readonly files?: readonly DatasetFile[];
  /** What a person has to do where `files` is not enough. */
  readonly obtain?: string;
  /** Reads all annotations below `root`, no pixels. Throws where a required file is missing or malformed. */
  read(root: string, options: OptionValues<S>, run: RunContext): Promise<Archive>;
}

/** Declares a data set; the types of its name and options are kept. */
export function dataset<const N extends string, S extends OptionSpecs>(
  declared: Dataset<N, S>,
): Dataset<N, S> {
  return declared;
}
