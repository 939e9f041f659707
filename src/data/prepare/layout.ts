import type { Box, Problem, Split } from '../record.js';
import type { ArchiveSummary } from '../reformulate/summary.js';
import type { Transform } from '../sample.js';
import type { ImageForm } from './view.js';

/** One input of a prepared set, as its table holds it. */
export interface PreparedRow {
  /** Its place in the packed arrays. */
  readonly row: number;
  readonly id: string;
  /** The image it was made of; several tiles share one. */
  readonly image: string;
  readonly patient: string;
  readonly split: Split;
  readonly labels: readonly number[];
  readonly boxes: readonly Box[];
  /** Whether the packed masks say anything of it. */
  readonly mask: boolean;
  readonly transform: Transform;
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
  /** Rows of the packed arrays; those of images that could not be read are empty and in no table. */
  readonly rows: number;
  readonly chunkRows: number;
  /** SHA-256 of each run of `chunkRows` rows. */
  readonly chunks: readonly Chunk[];
  /** SHA-256 of the table. */
  readonly table: string;
  /** Over chunks and table: equal for equal sets. */
  readonly contentHash: string;
  /**
   * Of what was asked for; equal where sets differ only in the content that they are made from. Older sets do
   * not say.
   */
  readonly request?: string;
  /** Of what the set is made from and how; equal plans make equal sets. */
  readonly plan: string;
  readonly counts: Readonly<Record<string, number>>;
  /** What the task was made of. */
  readonly archive: ArchiveSummary;
  readonly problems: readonly Problem[];
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
