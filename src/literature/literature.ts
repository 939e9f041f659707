import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { inputError, reasonOf } from '../base/errors.js';
import { parseJson, type Schema } from '../base/json.js';
import { type annotationKinds, literatureSchemas, type workFamilies } from './schemas.js';

/** A published work on explanations or their evaluation. */
export interface Work {
  /** The name by which the review cites it, such as `lundberg2017shap`. */
  readonly key: string;
  /** The DOI, without a prefix. */
  readonly doi: string | null;
  /** The arXiv number, without a prefix. */
  readonly arxiv: string | null;
  /** Where identifier and title were seen together; null where they were not looked up. */
  readonly lookedUp: string | null;
  /** The title. */
  readonly title: string;
  /** Authors as "Family, Given"; a last author `others` stands for those that are not listed. */
  readonly authors: readonly string[];
  /** The year of publication. */
  readonly year: number;
  /** The journal, conference or preprint server. */
  readonly venue: string;
  /** Families of methods and categories of metrics that the work is about. */
  readonly families: readonly (typeof workFamilies)[number][];
  /** Methods studied: names of the registry, or the field's. */
  readonly methods: readonly string[];
  /** The imaging modality. */
  readonly modality: string;
  /** The organ, where there is one. */
  readonly organ: string | null;
  /** The data. */
  readonly dataset: string | null;
  /** The networks. */
  readonly model: string | null;
  /** What of experts the explanations were compared with; null where nothing. */
  readonly expertAnnotation: readonly (typeof annotationKinds)[number][] | null;
  /** Metrics used: names of the registry, or the field's. */
  readonly metrics: readonly string[];
  /** The main result in one sentence. */
  readonly result: string;
  /** What the work leaves open. */
  readonly notChecked: string;
  /** The address of code or data. */
  readonly link: string | null;
}

/** A public data set with locations of findings, or one that such sets build on. */
export interface DatasetEntry {
  /** The registry's name where Sightline reads it. */
  readonly key: string;
  /** The full name. */
  readonly name: string;
  /** What it was made for. */
  readonly task: string;
  /** The kinds of annotation. */
  readonly annotation: readonly string[] | null;
  /** The imaging modality. */
  readonly modality: string;
  /** The number of images. */
  readonly images: number | null;
  /** Other counts. */
  readonly size: string | null;
  /** The licence. */
  readonly licence: string;
  /** The publisher's page; null for drawn images. */
  readonly address: string | null;
  /** The DOI of the data or of the paper about it. */
  readonly doi: string | null;
  /** The arXiv number of the paper about it. */
  readonly arxiv: string | null;
  /** Where the facts were seen. */
  readonly lookedUp: string | null;
  /** Whether Sightline reads it. */
  readonly sightline: 'reads' | 'reads with registration' | 'no';
  /** What a user has to know. */
  readonly note: string | null;
}

/** A library or benchmark of explanations. */
export interface ToolEntry {
  /** A short name. */
  readonly key: string;
  /** Name and version. */
  readonly name: string;
  /** Library or benchmark. */
  readonly kind: string;
  /** Language and frameworks. */
  readonly language: string;
  /** What it covers. */
  readonly covers: readonly string[];
  /** What it lacks, seen from Sightline. */
  readonly missing: readonly string[];
  /** The licence; null where it was not found. */
  readonly licence: string | null;
  /** The page of the project. */
  readonly address: string;
  /** The DOI of its paper. */
  readonly doi: string | null;
  /** The arXiv number of its paper. */
  readonly arxiv: string | null;
  /** Where the facts were seen. */
  readonly lookedUp: string | null;
}

/** A reporting guideline, or a regulator's statement on explainability. */
export interface GuidelineEntry {
  /** A short name. */
  readonly key: string;
  /** The title. */
  readonly title: string;
  /** Who issued it. */
  readonly body: string;
  /** The year it was issued. */
  readonly year: number;
  /** A DOI or an official number. */
  readonly identifier: string | null;
  /** Where it can be read. */
  readonly address: string;
  /** Where the facts were seen. */
  readonly lookedUp: string | null;
  /** What it asks for, in one sentence. */
  readonly says: string;
}

/** The tables of the literature. */
export interface Literature {
  /** Published works, by year and key. */
  readonly works: readonly Work[];
  /** Public data sets, by key. */
  readonly datasets: readonly DatasetEntry[];
  /** Libraries and benchmarks, by key. */
  readonly tools: readonly ToolEntry[];
  /** Guidelines, by key. */
  readonly guidelines: readonly GuidelineEntry[];
}

/** The folder of the tables that come with the package. */
const OWN = resolve(__dirname, '../../data/literature');

/**
 * Reads the tables of the literature from a folder; by default those that come with the package. Throws an
 * input error that names the table, the field, what was found and what is accepted.
 */
export function loadLiterature(folder: string = OWN): Literature {
  const { works, datasets, tools, guidelines } = literatureSchemas;
  return {
    works: tableOf(folder, 'works', works),
    datasets: tableOf(folder, 'datasets', datasets),
    tools: tableOf(folder, 'tools', tools),
    guidelines: tableOf(folder, 'guidelines', guidelines),
  };
}

function tableOf<T extends { readonly key: string }>(
  folder: string,
  name: keyof Literature,
  schema: Schema<T[]>,
): T[] {
  const path = join(folder, `${name}.json`);
  const rows = parseJson(textOf(path), schema, path);
  const keys = rows.map(({ key }) => key);
  const twice = keys.find((key, i) => keys.indexOf(key) < i);
  if (twice !== undefined) throw inputError(`${path}: key '${twice}' stands twice; each row has its own`);
  return rows;
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw inputError(`${path}: ${reasonOf(error)}`, error);
  }
}
