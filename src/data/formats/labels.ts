import type { Fault } from './boxes.js';
import { type Annotated, type Annotations, stated } from './collect.js';
import { isNothing } from './nothing.js';

/** What a label of the annotations stands for: other labels, or none where it means the absence of one. */
type Meaning = ReadonlyMap<string, readonly string[]>;

/**
 * Reads labels as they are meant, because an image of another label is a negative of the finding. Labels
 * that differ only in capital letters, spaces, `_`, dashes within, unseen characters and Unicode form are
 * one, spelled as most places spell it, and so are those with letters of another alphabet that look alike.
 * Line breaks, tabs and control characters are spaces. A label such as `a|b`, `a; b` or `['a', 'b']` is
 * two, and so are `a, b`, `a/b`, `a+b`, `a & b` and `a and b` where their parts are labels elsewhere. One
 * such as `no a` is none, where `a` is a label. Changed labels are faults of their images.
 */
export function plainLabels<A extends Annotations>(annotations: A): A {
  const meaning = meaningOf(annotations);
  const isKept = (label: string) => isSame(label, meaning.get(label)!);
  if ([...meaning.keys()].every(isKept)) return annotations;
  const labels = [...new Set([...meaning.values()].flat())];
  return { ...annotations, labels, images: annotations.images.map((image) => inMeaning(image, meaning)) };
}

const isSame = (label: string, means: readonly string[]): boolean => means.length === 1 && means[0] === label;

function inMeaning(image: Annotated, meaning: Meaning): Annotated {
  const meant = <T extends { readonly label: string }>(place: T): T[] =>
    (meaning.get(place.label) ?? [place.label]).map((label) => ({ ...place, label }));
  const { boxes, regions, findings = [], faults = [], ...rest } = image;
  const used = new Set([...labelsIn(image), ...findings]);
  const changed = [...used].flatMap((label): Fault[] => {
    const means = meaning.get(label) ?? [label];
    if (means.length === 0 || isSame(label, means)) return [];
    const as = means.map((one) => `'${one}'`).join(' and ');
    return [{ kind: 'mended', problem: `its label '${escaped(label)}' is read as ${as}` }];
  });
  const placed = { boxes: boxes.flatMap(meant), regions: regions.flatMap(meant) };
  const all = [...changed, ...faults.map((fault) => renamed(fault, meaning))];
  return {
    ...rest,
    ...placed,
    ...stated(
      findings.flatMap((label) => meaning.get(label) ?? [label]),
      [...placed.boxes, ...placed.regions],
    ),
    ...(all.length > 0 && { faults: all }),
  };
}

/** A fault whose place has the label that is meant. */
function renamed(fault: Fault, meaning: Meaning): Fault {
  const [label] = (fault.place && meaning.get(fault.place.label)) ?? [];
  return fault.place === undefined || label === undefined
    ? fault
    : { ...fault, place: { ...fault.place, label } };
}

const labelsIn = ({ boxes, regions, faults = [] }: Annotated): string[] =>
  [...boxes, ...regions, ...faults.flatMap(({ place }) => place ?? [])].map(({ label }) => label);

function meaningOf({ labels, images }: Annotations): Meaning {
  const counts = new Map(labels.map((label) => [label, 0]));
  for (const image of images) {
    for (const label of [...labelsIn(image), ...(image.findings ?? [])])
      counts.set(label, (counts.get(label) ?? 0) + 1);
  }
  const isLabel = listing([...counts.keys()].map(folded));
  const parts = new Map([...counts.keys()].map((label) => [label, partsOf(label, isLabel)]));
  const spellings = new Map<string, number>();
  for (const [label, own] of parts)
    for (const part of own) spellings.set(part, (spellings.get(part) ?? 0) + counts.get(label)!);
  const spelled = new Map<string, string>();
  for (const [part, count] of spellings) {
    const other = spelled.get(folded(part));
    if (other === undefined || count > spellings.get(other)!) spelled.set(folded(part), part);
  }
  const isKnown = (label: string) => spelled.has(folded(label));
  return new Map(
    [...parts].map(([label, own]) => {
      const meant = findingsAmong(own).map((part) => plain(spelled.get(folded(part))!));
      return [label, [...new Set(meant)].filter((one) => !isAbsence(one, isKnown))];
    }),
  );
}

/** The parts of a list that name a finding, where some do. */
function findingsAmong(parts: readonly string[]): readonly string[] {
  const findings = parts.filter((part) => !isNothing(part));
  return findings.length > 0 ? findings : parts;
}

const trimmedParts = (label: string, separator: RegExp): string[] =>
  label
    .split(separator)
    .map((part) => part.trim())
    .filter((part) => part !== '');

/** The labels that a label lists: several, or itself. */
function partsOf(label: string, isLabel: (part: string) => boolean): readonly string[] {
  const written = /^\[\s*(["'].*["'])\s*\]$/.exec(label)?.[1];
  if (written !== undefined)
    return written.split(/["']\s*,\s*["']/).map((part) => part.replaceAll(/^["']|["']$/g, ''));
  const parts = trimmedParts(label, SEPARATOR);
  if (parts.length > 1 || (parts.length === 1 && SEPARATOR.test(label))) return parts;
  const maybe = trimmedParts(label, LISTING);
  return maybe.length > 1 && maybe.every(isLabel) ? maybe : [label];
}

/** What separates labels in a list, and what does and also stands in the names of single ones. */
const SEPARATOR = /[|;]/;
const LISTING = /[,/+&]|\sand\s/i;
const EITHER = new RegExp(`${SEPARATOR.source}|${LISTING.source}`, 'i');

/** Whether a word is a label by itself or a part of several of these `labels`, which are folded. */
function listing(labels: readonly string[]): (part: string) => boolean {
  const counts = new Map<string, number>();
  for (const label of labels)
    for (const part of new Set(trimmedParts(label, EITHER))) counts.set(part, (counts.get(part) ?? 0) + 1);
  const known = new Set(labels);
  return (part) => known.has(folded(part)) || (counts.get(folded(part)) ?? 0) > 1;
}

/** A label as it is printed: in one line, in one direction, and in the Unicode form that is typed. */
const plain = (label: string): string =>
  label
    .normalize('NFC')
    .replaceAll(/\p{Bidi_Control}/gu, '')
    .replaceAll(/[\s\p{Cc}]+/gu, ' ')
    .trim();

const escaped = (label: string): string =>
  label.replaceAll(
    /[^\S ]|\p{Cc}|\p{Bidi_Control}/gu,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/** Whether a label says that another one is absent. */
function isAbsence(label: string, isKnown: (label: string) => boolean): boolean {
  const [, absent] = /^(?:no|non|not|without)[\s_-]+(.+)$/i.exec(label) ?? [];
  return absent !== undefined && isKnown(absent);
}

/** Cyrillic letters that look like Latin ones, and these. */
const lookalikes = new Map([...'аеосрхуіѕј'].map((letter, i) => [letter, 'aeocpxyisj'[i]!]));

const folded = (label: string): string =>
  label
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/\p{Cf}/gu, '')
    .replaceAll(/\p{Cc}/gu, ' ')
    .replaceAll(/[аеосрхуіѕј]/g, (letter) => lookalikes.get(letter)!)
    // A sign, as in -1 or HER2-, is no dash.
    .replace(/^[\s_]*-(?=\d)|(?<=[^\s_-])\s*-\s*$/, MINUS)
    .replaceAll(/[\s_-]+/g, ' ')
    .trim();

const MINUS = '\u2212';
