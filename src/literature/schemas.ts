import { z } from 'zod/mini';
import type { Schema } from '../base/json.js';

const matching = (pattern: RegExp, words: string) => z.string(words).check(z.regex(pattern, words));
const said = matching(/\S/, 'a text');
const maybe = <T extends z.ZodMiniType>(schema: T) => z.nullable(schema);

/** Letters, digits and hyphens: a key is also an anchor and a BibTeX label. */
const key = matching(/^[a-z0-9][a-z0-9-]*$/, 'a key of small letters, digits and hyphens');
const doi = maybe(matching(/^10\.\d{4,9}\/[^\s"<>]+$/, 'a DOI such as 10.1000/182, or null'));
const arxiv = maybe(
  matching(/^(\d{4}\.\d{4,5}|[a-z-]+\/\d{7})$/, 'an arXiv number such as 1610.02391, or null'),
);
const address = matching(/^https?:\/\/\S+$/, 'a web address');
const year = z.int('a year').check(z.minimum(1900, 'a year'), z.maximum(2100, 'a year'));

export const workFamilies = [
  ...['gradient', 'cam', 'relevance', 'perturbation', 'surrogate', 'pattern', 'attention', 'prototype'],
  ...['baseline', 'concept', 'counterfactual', 'localisation', 'faithfulness', 'robustness'],
  ...['randomisation', 'complexity', 'axiomatic', 'groundtruth', 'plausibility'],
  ...['shortcut', 'evaluation', 'review', 'data', 'network'],
] as const;

export const annotationKinds = ['boxes', 'masks', 'gaze', 'points', 'reader study'] as const;

const work = z.object({
  key,
  doi,
  arxiv,
  lookedUp: maybe(said),
  title: said,
  authors: z.array(said).check(z.minLength(1, 'at least one author')),
  year,
  venue: said,
  families: z.array(z.enum(workFamilies)).check(z.minLength(1, 'at least one family')),
  methods: z.array(said),
  modality: said,
  organ: maybe(said),
  dataset: maybe(said),
  model: maybe(said),
  expertAnnotation: maybe(z.array(z.enum(annotationKinds))),
  metrics: z.array(said),
  result: said,
  notChecked: said,
  link: maybe(address),
});

const dataset = z.object({
  key,
  name: said,
  task: said,
  annotation: maybe(z.array(said)),
  modality: said,
  images: maybe(z.int('a whole number')),
  size: maybe(said),
  licence: said,
  address: maybe(address),
  doi,
  arxiv,
  lookedUp: maybe(said),
  sightline: z.enum(['reads', 'reads with registration', 'no']),
  note: maybe(said),
});

const tool = z.object({
  key,
  name: said,
  kind: said,
  language: said,
  covers: z.array(said),
  missing: z.array(said),
  licence: maybe(said),
  address,
  doi,
  arxiv,
  lookedUp: maybe(said),
});

const guideline = z.object({
  key,
  title: said,
  body: said,
  year,
  identifier: maybe(said),
  address,
  lookedUp: maybe(said),
  says: said,
});

/** What the tables of `data/literature` hold, by the names of their files. */
export const literatureSchemas = {
  works: z.array(work),
  datasets: z.array(dataset),
  tools: z.array(tool),
  guidelines: z.array(guideline),
} as const;

/** The same as a JSON schema, one definition for each file. */
export const literatureJsonSchema = () => ({
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  $defs: Object.fromEntries(
    Object.entries<Schema<unknown>>(literatureSchemas).map(([table, schema]) => {
      const { $schema: _, ...definition } = z.toJSONSchema(schema);
      return [table, definition];
    }),
  ),
});
