import { lookUp } from '../../base/names.js';
import { type GivenOptions, readOptions } from '../../base/options.js';
import { mapPooled } from '../../base/pool.js';
import { seededRandom } from '../../base/random.js';
import { registryOf } from '../../base/registry.js';
import { isStopped, type RunContext } from '../../base/run.js';
import { readRaster } from '../prepare/pictures/raster.js';
import type { Decode } from '../prepare/pictures/source.js';
import { safeMessage } from '../prepare/safemessage.js';
import type { Problem } from '../record.js';
import { type AuditInput, type Item, itemsOf, type Parts } from './checks/audited.js';
import { type Check, type Finding, isLeak } from './checks/check.js';
import { fingerprint } from './checks/fingerprint.js';
import * as all from './checks/index.js';

/** All checks by name. */
export const checks = registryOf(all);

export interface AuditRequest {
  readonly decode: Decode;
  /** Names of the checks to run; all by default. */
  readonly only?: readonly string[];
  /** Options by check name. */
  readonly options?: Readonly<Record<string, GivenOptions>>;
  readonly seed?: number;
}

/** The result of an audit. It holds no pixels, paths or patient identifiers. */
export interface AuditReport {
  readonly datasets: readonly {
    readonly name: string;
    readonly images: number;
    /** What these are where they are parts of images, and of how many. */
    readonly parts?: Parts;
    readonly unreadable: number;
    /** What limits the comparison of its pictures. */
    readonly doubt?: string;
  }[];
  readonly checks: readonly {
    readonly name: string;
    readonly doc: string;
    /** What of its kind it does not find. */
    readonly misses?: string;
    /** What to do about its errors, where it has some. */
    readonly remedy?: string;
    readonly options: Readonly<Record<string, unknown>>;
    readonly errors: number;
    readonly warnings: number;
    readonly notes: number;
  }[];
  /** Leaks between splits first, then by check. */
  readonly findings: readonly Finding[];
}

/** Runs the checks on every archive and between archives. Throws for an unknown check or option. */
export async function audit(
  inputs: readonly AuditInput[],
  request: AuditRequest,
  run: RunContext,
): Promise<AuditReport> {
  const { decode, only = Object.keys(checks), options = {}, seed = 0 } = request;
  for (const name of Object.keys(options)) lookUp(checks, name, 'check');
  const chosen = only.map((name) => {
    const declared = lookUp<Check>(checks, name, 'check');
    return { declared, values: readOptions(declared.options, options[name] ?? {}, name) };
  });
  const bare = itemsOf(inputs);
  const pixels = chosen.some(({ declared }) => declared.needsPixels);
  const { items, problems } = pixels
    ? await withPrints(
        bare,
        decode,
        chosen.some(({ declared }) => declared.needsKeypoints),
        run,
      )
    : { items: bare, problems: new Map() };
  const archives = inputs.map(({ archive }) => ({
    ...archive,
    problems: [...archive.problems, ...(problems.get(archive.name) ?? [])],
  }));
  const cut = new Set(inputs.flatMap((input) => (input.pictures ? [input.archive.name] : [])));
  const whole = items.filter(({ dataset }) => !cut.has(dataset));
  const pictures = [...whole, ...inputs.flatMap((input) => input.pictures ?? [])];
  const results: { found: Finding[]; told: AuditReport['checks'][number] }[] = [];
  for (const { declared, values } of chosen) {
    const random = seededRandom(`audit/${seed}/${declared.name}`);
    const found = (await declared.look({ archives, items, pictures }, values, random, run)).map(
      (finding) => ({
        check: declared.name,
        ...finding,
      }),
    );
    const count = (severity: string) => found.filter((finding) => finding.severity === severity).length;
    const { name, doc, misses, remedy } = declared;
    const told = {
      name,
      doc,
      ...(misses !== undefined && { misses }),
      ...(remedy !== undefined && count('error') > 0 && { remedy }),
      options: values,
      errors: count('error'),
      warnings: count('warning'),
      notes: count('note'),
    };
    results.push({ found, told });
  }
  const found = results.flatMap((result) => result.found);
  return {
    datasets: inputs.map(({ archive, doubt, parts }) => ({
      name: archive.name,
      images: archive.records.length,
      ...(parts && { parts }),
      unreadable: problems.get(archive.name)?.length ?? 0,
      ...(doubt !== undefined && { doubt }),
    })),
    checks: results.map(({ told }) => told),
    findings: [...found.filter(isLeak), ...found.filter((finding) => !isLeak(finding))],
  };
}

async function withPrints(bare: readonly Item[], decode: Decode, keypoints: boolean, run: RunContext) {
  const lost: { dataset: string; problem: Problem }[] = [];
  const items = await mapPooled(run, 'reading images', bare, async (item, index): Promise<Item> => {
    try {
      return { ...item, print: fingerprint(await readRaster(item.record, decode, run), keypoints) };
    } catch (error) {
      if (isStopped(error)) throw error;
      const problem = `cannot be read: ${safeMessage(error, item.record)}`;
      lost[index] = { dataset: item.dataset, problem: { image: item.record.id, problem } };
      return item;
    }
  });
  const problems = new Map<string, Problem[]>();
  for (const entry of lost) {
    if (entry === undefined) continue;
    const own = problems.get(entry.dataset);
    if (own === undefined) problems.set(entry.dataset, [entry.problem]);
    else own.push(entry.problem);
  }
  return { items, problems };
}
