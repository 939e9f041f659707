import type { Fault } from './boxes.js';
import { type Annotated, type Annotations, stated } from './collect.js';

/** What a label of the annotations stands for: other labels, or none where it means the absence of one. */
type Meaning = ReadonlyMap<string, readonly string[]>;

/**
 * Reads labels as they are meant, because an image of another label is a negative of the finding. Labels that
 * differ only in capital letters, spaces, `_`, `-`, unseen characters and Unicode form are one, spelled as
 * most places spell it, and so are those with letters of another alphabet that look alike. A label such as
 * `a|b` or `a; b` is two, and one such as `no a` is none, where `a` is a label too. Changed labels are faults
 * of their images.
 */
export function plainLabels<A extends Annotations>(annotations: A): A {
  const meaning = meaningOf(annotations);
  const isKept = (label: string) => meaning.get(label)?.join() === label;
  if ([...meaning.keys()].every(isKept)) return annotations;
  const labels = [...new Set([...meaning.values()].flat())];
  return { ...annotations, labels, images: annotations.images.map((image) => inMeaning(image, meaning)) };
}

function inMeaning(image: Annotated, meaning: Meaning): Annotated {
  const meant = <T extends { readonly label: string }>(place: T): T[] =>
    (meaning.get(place.label) ?? [place.label]).map((label) => ({ ...place, label }));
  const { boxes, regions, findings = [], faults = [], ...rest } = image;
  const used = new Set([...labelsIn(image), ...findings]);
  const changed = [...used].flatMap((label): Fault[] => {
    const means = meaning.get(label) ?? [label];
    if (means.length === 0 || means.join() === label) return [];
    const as = means.map((one) => `'${one}'`).join(' and ');
    return [{ kind: 'mended', problem: `its label '${label}' is read as ${as}` }];
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
  const spelled = new Map<string, string>();
  for (const [label, count] of counts) {
    const other = spelled.get(folded(label));
    if (other === undefined || count > counts.get(other)!) spelled.set(folded(label), label);
  }
  const known = (label: string) => spelled.get(folded(label));
  return new Map(
    [...counts.keys()].map((label) => {
      const parts = label.split(/[|;]/).map((part) => part.trim());
      const isList =
        parts.length > 1 && !parts.includes('') && parts.some((part) => known(part) !== undefined);
      const meant = isList ? parts.map((part) => known(part) ?? part) : [known(label)!];
      return [label, [...new Set(meant)].filter((one) => !isAbsence(one, known))];
    }),
  );
}

/** Whether a label says that another one is absent. */
function isAbsence(label: string, known: (label: string) => string | undefined): boolean {
  const [, absent] = /^(?:no|non|not|without)[\s_-]+(.+)$/i.exec(label) ?? [];
  return absent !== undefined && known(absent) !== undefined;
}

/** Cyrillic letters that look like Latin ones, and these. */
const lookalikes = new Map([...'аеосрхуіѕј'].map((letter, i) => [letter, 'aeocpxyisj'[i]!]));

const folded = (label: string): string =>
  label
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/\p{Cf}/gu, '')
    .replaceAll(/[аеосрхуіѕј]/g, (letter) => lookalikes.get(letter)!)
    .replaceAll(/[\s_-]+/g, ' ')
    .trim();
