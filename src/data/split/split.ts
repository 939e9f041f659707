import { inputError, usageError } from '../../base/errors.js';
import {
  choice,
  integer,
  number,
  type OptionsOf,
  type OptionValues,
  optional,
  readOptions,
  text,
} from '../../base/options.js';
import { type Random, seededRandom } from '../../base/random.js';
import type { Split } from '../record.js';
import { type Group, groupsBy, type Splittable } from './groups.js';
import { dealt } from './stratify.js';

export const splitOptions = {
  by: choice(['patient', 'site', 'official'], {
    doc: "What stays in one split: each patient, or each site. official takes the archive's own split.",
    default: 'patient',
  }),
  train: number({ doc: 'Share of the samples.', min: 0, max: 1, default: 0.7 }),
  validation: number({ doc: 'Share of the samples.', min: 0, max: 1, default: 0.15 }),
  test: number({ doc: 'Share of the samples.', min: 0, max: 1, default: 0.15 }),
  testSite: optional(text({ doc: 'With by=site: the site that is the test set.', default: '' })),
  folds: integer({
    doc: 'Cross-validation: so many parts take turns as the test set, in place of the share test; 0 for none.',
    min: 0,
    max: 1000,
    default: 0,
  }),
  fold: integer({
    doc: 'With folds: the part that is the test set, counted from 1.',
    min: 1,
    max: 1000,
    default: 1,
  }),
};

export type SplitValues = OptionValues<typeof splitOptions>;

const PARTS: readonly Split[] = ['train', 'validation', 'test'];

/**
 * Assigns a split to each sample id. A patient is never in two splits, and classes are stratified. The result
 * depends on the seed and the set of samples, not on their order. With `by: 'official'` a missing validation
 * set is taken from the training set. Throws where the shares do not sum to 1, and where samples lack the
 * site or official split that the option needs.
 */
export function assignSplits(
  samples: readonly Splittable[],
  given: OptionsOf<typeof splitOptions> = {},
  seed = 0,
): ReadonlyMap<string, Split> {
  const options = readOptions(splitOptions, given, 'split');
  const sum = options.train + options.validation + options.test;
  if (Math.abs(sum - 1) > 1e-6) {
    throw usageError(
      `the shares train, validation and test add up to ${Number(sum.toFixed(6))}; they must make 1`,
    );
  }
  const random = seededRandom(`split/${seed}`);
  if (options.folds > 0) return ofFold(samples, options, random);
  if (options.by === 'official') return official(samples, options, random);
  if (options.by === 'site') return bySite(samples, options, random);
  return deal(
    byPatient(samples),
    PARTS,
    PARTS.map((part) => options[part]),
    random,
  );
}

const byPatient = (samples: readonly Splittable[]) => groupsBy(samples, ({ patient }) => [patient]);

/** The part `fold` of `folds` is the test set; the others are dealt to training and validation. */
function ofFold(samples: readonly Splittable[], options: SplitValues, random: Random) {
  const { by, folds, fold } = options;
  if (by === 'official' || options.testSite)
    throw usageError(`folds=${folds} and a given test set exclude each other; take by=patient or by=site`);
  const groups = by === 'site' ? bySites(samples) : byPatient(samples);
  if (folds === 1 || folds > groups.length)
    throw usageError(`folds=${folds} takes 2 to ${groups.length} here, the number of ${by}s to divide`);
  if (fold > folds) throw usageError(`fold=${fold} is none of folds=${folds}`);
  const part = dealt(
    groups,
    Array.from({ length: folds }, () => 1 / folds),
    random.fork('folds'),
  );
  const membersOf = (isTest: boolean) =>
    groups.filter((_, g) => (part[g] === fold - 1) === isTest).flatMap(({ members }) => members);
  return new Map([
    ...membersOf(true).map(({ id }): [string, Split] => [id, 'test']),
    ...withoutTest(membersOf(false), options, random),
  ]);
}

/** Sites that share a patient form one group. */
function bySites(samples: readonly Splittable[]) {
  const nameless = samples.filter(({ site }) => site === undefined).length;
  if (nameless > 0) throw inputError(`${nameless} of ${samples.length} samples have no site to split by`);
  return groupsBy(samples, ({ patient, site }) => [`site ${site}`, `patient ${patient}`]);
}

function bySite(samples: readonly Splittable[], options: SplitValues, random: Random) {
  const groups = bySites(samples);
  const chosen = options.testSite;
  if (chosen === undefined || chosen === '') {
    return deal(
      groups,
      PARTS,
      PARTS.map((part) => options[part]),
      random,
    );
  }
  if (!samples.some(({ site }) => site === chosen)) {
    const sites = [...new Set(samples.map(({ site }) => site))].sort();
    throw usageError(`no sample is from the site '${chosen}' (known: ${sites.join(', ')})`);
  }
  const isTest = (group: Group) => group.members.some(({ site }) => site === chosen);
  const rest = groups.filter((group) => !isTest(group)).flatMap(({ members }) => members);
  return new Map([
    ...deal(groups.filter(isTest), ['test'], [1], random),
    ...withoutTest(rest, options, random),
  ]);
}

function official(samples: readonly Splittable[], options: SplitValues, random: Random) {
  const nameless = samples.filter(({ split }) => split === undefined).length;
  if (nameless > 0) throw inputError(`${nameless} of ${samples.length} samples have no official split`);
  const given = new Map(samples.map(({ id, split }) => [id, split!]));
  if (options.validation === 0 || samples.some(({ split }) => split === 'validation')) return given;
  const training = samples.filter(({ split }) => split === 'train');
  return new Map([...given, ...withoutTest(training, options, random)]);
}

/** Splits samples into training and validation sets in the requested proportion. */
function withoutTest(samples: readonly Splittable[], { train, validation }: SplitValues, random: Random) {
  const both = train + validation;
  if (both === 0)
    throw usageError('the shares train and validation are both 0, but samples are left for them');
  return deal(byPatient(samples), ['train', 'validation'], [train / both, validation / both], random);
}

function deal(
  groups: readonly Group[],
  parts: readonly Split[],
  fractions: readonly number[],
  random: Random,
): ReadonlyMap<string, Split> {
  const part = dealt(groups, fractions, random);
  return new Map(
    groups.flatMap(({ members }, g) => members.map(({ id }) => [id, parts[part[g]!]!] as const)),
  );
}
