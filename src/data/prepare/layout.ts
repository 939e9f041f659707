import type { Box, Problem, Split } from '../record.js';
import type { ArchiveSummary } from '../reformulate/summary.js';
import type { Transform } from '../sample.js';
import type { FindingRuns } from './finding-runs.js';
import type { ImageForm } from './view.js';

/** One sample of a prepared set, as stored in its table. */
export interface PreparedRow {
  /** Row index in the packed arrays. */
  readonly row: number;
  readonly id: string;
  /** Id of the source image; tiles of one image share it. */
  readonly image: string;
  readonly patient: string;
  readonly split: Split;
  readonly labels: readonly number[];
  readonly value?: number;
  readonly boxes: readonly Box[];
  /** Whether the sample has a mask. */
  readonly mask: boolean;
  /** The masks of its labels, in their order, where it has several and boxes do not tell them apart. */
  readonly runs?: FindingRuns;
  readonly transform: Transform;
  readonly spacing?: readonly [number, number];
  readonly anatomy?: readonly Box[];
  readonly site?: string;
}

export interface Chunk {
  readonly images: string;
  readonly masks: string;
}

export interface Manifest {
  readonly format: 'sightline-prepared';
  readonly version: 1;
  readonly name: string;
  readonly dataset: string;
  readonly task: string;
  readonly taskOptions: Readonly<Record<string, unknown>>;
  readonly split: Readonly<Record<string, unknown>>;
  readonly seed: number;
  readonly image: ImageForm;
  readonly classes: readonly string[];
  readonly multiLabel: boolean;
  readonly regression?: true;
  /** Rows of the packed arrays. Rows of unreadable images are zero and not in the table. */
  readonly rows: number;
  readonly chunkRows: number;
  /** SHA-256 of each run of `chunkRows` rows. */
  readonly chunks: readonly Chunk[];
  /** SHA-256 of the table. */
  readonly table: string;
  /** Hash of chunks, table and classes; equal for equal sets. */
  readonly contentHash: string;
  /**
   * Hash of the request; equal where sets differ only in the content of their input files. Missing in older
   * sets.
   */
  readonly request?: string;
  /** Hash of the request and the input content. Equal plans give equal sets. */
  readonly plan: string;
  readonly counts: Readonly<Record<string, number>>;
  /** Summary of the source archive. */
  readonly archive: ArchiveSummary;
  readonly problems: readonly Problem[];
  /** How many of the problems, the last ones, were found while images were drawn. Missing in older sets. */
  readonly drawnProblems?: number;
}

export const files = {
  manifest: 'manifest.json',
  table: 'samples.json',
  progress: 'progress.jsonl',
} as const;

export const arrayNames = ({ bits }: ImageForm) => ({ images: `images.u${bits}`, masks: 'masks.bits' });

export const imageBytes = ({ channels, height, width, bits }: ImageForm): number =>
  (channels * height * width * bits) / 8;

export const maskBytes = ({ height, width }: ImageForm): number => Math.ceil((height * width) / 8);
