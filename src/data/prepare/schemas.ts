import { z } from 'zod/mini';
import { numbers, type Schema, whole } from '../../base/json.js';
import { type Box, type Problem, problemKinds } from '../record.js';
import type { ArchiveSummary } from '../reformulate/summary.js';
import type { Transform } from '../sample.js';
import type { Entry, RowResult } from './chunk.js';
import type { Manifest, PreparedRow } from './layout.js';
import { type ImageForm, maximumSide } from './view.js';

const sideWords = `a whole number of 1 to ${maximumSide}`;
const given = z.record(z.string(), z.unknown());

const side = z.int(sideWords).check(z.minimum(1, sideWords), z.maximum(maximumSide, sideWords));

const form: Schema<ImageForm> = z.object({
  height: side,
  width: side,
  channels: z.literal([1, 3]),
  bits: z.literal([8, 16]),
  fit: z.enum(['letterbox', 'stretch']),
});

const summary: Schema<ArchiveSummary> = z.object({
  images: whole(),
  patients: whole(),
  findings: z.record(
    z.string(),
    z.object({ images: whole(), boxes: whole(), regions: whole(), unusable: whole() }),
  ),
});

const problem: Schema<Problem> = z.object({
  image: z.string(),
  problem: z.string(),
  kind: z.optional(z.enum(problemKinds)),
  place: z.optional(
    z.object({ kind: z.enum(['box', 'region']), label: z.string(), part: z.optional(z.literal(true)) }),
  ),
});

const chunk = { images: z.string(), masks: z.string() };

/** Manifest of a prepared set. */
export const manifestSchema: Schema<Manifest> = z.object({
  format: z.literal('sightline-prepared'),
  version: z.literal(1),
  name: z.string(),
  dataset: z.string(),
  task: z.string(),
  taskOptions: given,
  split: given,
  seed: z.number(),
  image: form,
  classes: z.array(z.string()),
  multiLabel: z.boolean(),
  regression: z.optional(z.literal(true)),
  rows: whole(),
  chunkRows: whole(1),
  chunks: z.array(z.object(chunk)),
  table: z.string(),
  contentHash: z.string(),
  request: z.optional(z.string()),
  plan: z.string(),
  counts: z.record(z.string(), z.number()),
  archive: summary,
  problems: z.array(problem),
  drawnProblems: z.optional(z.number()),
});

/** A transform from an original image to a model's input. */
export const transformSchema: Schema<Transform> = z.object({
  scaleX: z.number(),
  scaleY: z.number(),
  offsetX: z.number(),
  offsetY: z.number(),
  flipped: z.boolean(),
  originalWidth: z.number(),
  originalHeight: z.number(),
});

const spacing = z.tuple([z.number(), z.number()]);

const box: Schema<Box> = z.object({
  label: z.string(),
  x: z.number(),
  y: z.number(),
  width: z.number(),
  height: z.number(),
  reader: z.optional(z.string()),
});

const runs = z.array(z.nullable(numbers()));

/** Table of a prepared set. */
export const tableSchema: Schema<readonly PreparedRow[]> = z.array(
  z.object({
    row: whole(),
    id: z.string(),
    image: z.string(),
    patient: z.string(),
    split: z.enum(['train', 'validation', 'test']),
    labels: numbers(),
    value: z.optional(z.number()),
    boxes: z.array(box),
    mask: z.boolean(),
    runs: z.optional(runs),
    transform: transformSchema,
    spacing: z.optional(spacing),
    anatomy: z.optional(z.array(box)),
    site: z.optional(z.string()),
  }),
);

const result: Schema<RowResult> = z.union([
  z.object({
    transform: transformSchema,
    spacing: z.optional(spacing),
    range: z.optional(z.tuple([z.number(), z.number()])),
    windows: z.optional(z.number()),
    mask: z.boolean(),
    runs: z.optional(runs),
    problem: z.optional(z.string()),
    kind: z.optional(z.enum(problemKinds)),
  }),
  z.object({ problem: z.string() }),
]);

/** First line of a journal. */
export const planSchema = z.object({ plan: z.string() });

/** Further lines of a journal. */
export const entrySchema: Schema<Entry> = z.object({ chunk: whole(), ...chunk, results: z.array(result) });
