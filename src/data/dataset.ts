import type { GivenOptions, OptionSpecs, OptionValues } from '../base/options.js';
import type { RunContext } from '../base/run.js';
import type { Archive } from './record.js';

/** A file that can be downloaded without registration. */
export interface DatasetFile {
  readonly url: string;
  /**
   * Target path relative to the data set's folder. An archive is unpacked into the parent folder of that
   * path.
   */
  readonly path: string;
  readonly size?: number;
  readonly sha256?: string;
  readonly unpack?: 'zip' | 'tar.gz';
  /** Number of leading folders to strip from an archive's entries. */
  readonly strip?: number;
}

/** Default preparation and training of a data set. */
export interface Defaults {
  /** Name of the default reformulation. */
  readonly task: string;
  /** Options by reformulation, for the default task and for others. */
  readonly taskOptions?: Readonly<Record<string, GivenOptions>>;
  readonly image?: GivenOptions;
  /** Image options by reformulation; they override `image`. */
  readonly imageFor?: Readonly<Record<string, GivenOptions>>;
  /** Image options that follow from the data set's own options; they override `image` and `imageFor`. */
  readonly imageOf?: (options: GivenOptions) => GivenOptions;
  /** Training options. */
  readonly training?: GivenOptions;
}

/** A data set of annotated images. Each is declared in its own file and exported from the index. */
export interface Dataset<N extends string = string, S extends OptionSpecs = OptionSpecs> {
  /** Name for lookup. */
  readonly name: N;
  /** Full title for tables. */
  readonly title: string;
  /** Imaging modality, such as chest radiography. */
  readonly modality: string;
  /** URL of the publisher's page. */
  readonly source: string;
  /** Licence of the images. */
  readonly licence: string;
  /** Citation requested by the publishers. */
  readonly citation: string;
  /** `drawn`: this library generates the images; `own`: the images are the user's. */
  readonly access: 'public' | 'registration' | 'drawn' | 'own';
  /**
   * Of the generator of drawn images. It rises with every change of what is drawn, so that an older folder is
   * not taken for a new one.
   */
  readonly version?: number;
  /** Counts stated by the publishers or the paper, by name. */
  readonly expected: Readonly<Record<string, number>>;
  /** Declared options. */
  readonly options: S;
  /** Task, image and training options suited to the data. */
  readonly defaults: Defaults;
  /** Required files and folders below the root, one line each. */
  readonly layout: readonly string[];
  /** Files that `sightline data fetch` downloads. */
  readonly files?: readonly DatasetFile[];
  /** Instructions for manual download, where `files` does not cover everything. */
  readonly obtain?: string;
  /**
   * What of the options says which images are drawn, by default all: files are named by their contents here,
   * so that they are the same wherever they lie. Throws where files are missing.
   */
  identity?(options: OptionValues<S>): Promise<GivenOptions>;
  /**
   * Reads all annotations below `root`, without pixels. Throws where a required file is missing or malformed.
   */
  read(root: string, options: OptionValues<S>, run: RunContext): Promise<Archive>;
}

/** Declares a data set and keeps the literal types of its name and options. */
export function dataset<const N extends string, S extends OptionSpecs>(
  declared: Dataset<N, S>,
): Dataset<N, S> {
  return declared;
}
