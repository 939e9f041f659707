import { createHash } from 'node:crypto';
import { usageError } from '../base/errors.js';
import { isTensor } from '../tensor/option.js';
import type { Tensor } from '../tensor/tensor.js';

/** The kinds of numbers that can be explained: how each is written, and what it is. */
export const targetKinds = {
  class: { form: 'class:3, class:3-0', doc: 'the raw score of a class, or of one against another' },
  probability: { form: 'probability:3', doc: "a class's probability" },
  'log-probability': { form: 'log-probability:3', doc: "the logarithm of a class's probability" },
  'log-odds': { form: 'log-odds:3', doc: 'log p - log(1 - p) of a class' },
  output: {
    form: 'output:age, output:scores[2], output:findings[2,1], output:age@60',
    doc: 'an output, or one of its numbers by its place behind the batch, as it is, or its signed distance from a value',
  },
  region: {
    form: 'region:1@predicted, region:1-0@mask.npy(sum)',
    doc: "the mean (sum) of a class's score over a mask: predicted, annotated, a file; (largest) or (at 12,30) keeps one connected part",
  },
  box: {
    form: 'box:12,30,40,40@2, box:boxes.npy@2, box:annotated@2',
    doc: 'the score of a class of the predicted box that best overlaps x,y,width,height, or the box around the largest annotated part; (corners), (centres), (objectness), (boxes-last) state the layout',
  },
  similarity: { form: 'similarity:embedding@reference.npy', doc: 'cosine similarity to a vector' },
  graph: { form: 'graph:head.onnx@embedding', doc: 'what a small ONNX graph makes of a value' },
} as const;

export type TargetKind = keyof typeof targetKinds;

/** The number to explain, as data; `parseTarget` reads it from text, `spelled` writes it. */
export interface Target {
  /** What kind of number it is. */
  readonly kind: TargetKind;
  /** A class, two classes `a-b`, an output, a box, or a graph's file. */
  readonly of: string | Tensor;
  /** Where: a mask, a class, a reference value or vector, or the value that a graph reads. */
  readonly at?: string | Tensor;
  /** Words in brackets at the end. */
  readonly how?: readonly string[];
}

/** The kinds whose text has a second part behind `@`, and whether they need it. */
const places: Readonly<Partial<Record<TargetKind, 'needed' | 'optional'>>> = {
  ...{ output: 'optional', region: 'needed', box: 'needed', similarity: 'needed', graph: 'optional' },
};

/** The words that a kind takes in brackets. */
const words: Readonly<Partial<Record<TargetKind, RegExp>>> = {
  region: /^(sum|mean|largest|at \d+,\d+)$/,
  box: /^(corners|centres|objectness|boxes-first|boxes-last)$/,
};

const isKind = (name: string): name is TargetKind => Object.hasOwn(targetKinds, name);

/** Reads a target from text such as `region:1@predicted`. Throws a usage error for any other text. */
export function parseTarget(text: string): Target {
  const fail = (why: string) => {
    const forms = Object.values(targetKinds).map(({ form }) => form.split(', ')[0]);
    return usageError(`target '${text}' ${why}; a target is one of ${forms.join(', ')}`);
  };
  const colon = text.indexOf(':');
  const kind = text.slice(0, Math.max(0, colon));
  if (!isKind(kind)) throw fail(kind === '' ? 'has no kind' : `has the unknown kind '${kind}'`);
  const accepted = words[kind];
  const bracket = accepted && /^(.*?)\s*\(([^()]*)\)$/.exec(text.slice(colon + 1));
  const rest = bracket ? bracket[1]! : text.slice(colon + 1);
  const how = bracket ? bracket[2]!.split(/,\s*(?=[a-z])/).map((word) => word.trim()) : [];
  const unknown = how.find((word) => !accepted!.test(word));
  if (unknown !== undefined)
    throw fail(`has the unknown word '${unknown}' (${targetKinds[kind].form} is ${targetKinds[kind].doc})`);
  const split = places[kind] ? rest.indexOf('@') : -1;
  const of = (split < 0 ? rest : rest.slice(0, split)).trim();
  const at = split < 0 ? undefined : rest.slice(split + 1).trim();
  if (of === '') throw fail(`names nothing behind '${kind}:'`);
  if (places[kind] === 'needed' && !at) throw fail(`says nothing behind '@' (${targetKinds[kind].form})`);
  return { kind, of, ...(at && { at }), ...(how.length > 0 && { how }) };
}

export function targetOf(given: string | Target): Target {
  if (typeof given === 'string') return parseTarget(given);
  if (typeof given?.kind === 'string' && isKind(given.kind)) return given;
  throw usageError(
    `a target is a list of classes, one for each sample, or one of ${Object.values(targetKinds)
      .map(({ form }) => form.split(', ')[0])
      .join(', ')}; got ${JSON.stringify(given)?.slice(0, 40)}`,
  );
}

/** The target's text, which a map stores; arrays are named by their shape and a hash of their values. */
export function spelled({ kind, of, at, how = [] }: Target): string {
  const word = (part: string | Tensor) => (isTensor(part) ? named(part) : part);
  const words = how.length > 0 ? `(${how.join(', ')})` : '';
  return `${kind}:${word(of)}${at === undefined ? '' : `@${word(at)}`}${words}`;
}

/** As `spelled`, without the names of files. */
export function publicly({ of, at, ...rest }: Target): string {
  const kindOf = <T extends string | Tensor | undefined>(part: T) =>
    typeof part === 'string' ? part.replace(/^.*(\.(npy|onnx))$/, 'file$1') : part;
  return spelled({ ...rest, of: kindOf(of), at: kindOf(at) });
}

function named(array: Tensor): string {
  const hash = createHash('sha256').update(new Uint8Array(new Float32Array(array.data).buffer));
  return `[${array.shape}]#${hash.digest('hex').slice(0, 12)}`;
}

/** Which of a file's outputs a target reads: one of this name, or the first of such a number of axes. */
export function outputFor({ kind, of, at }: Target): { readonly output?: string; readonly rank?: 3 | 4 } {
  if ((kind === 'output' || kind === 'similarity') && typeof of === 'string')
    return { output: indexed(of).name };
  if (kind === 'graph' && typeof at === 'string') return { output: at };
  return kind === 'region' ? { rank: 4 } : kind === 'box' ? { rank: 3 } : {};
}

/** `scores[2]` or `findings[2,1]` as a name and the indices behind it. */
export function indexed(of: string): { readonly name: string; readonly indices: readonly number[] } {
  const found = /^(.*)\[(\d+(?:,\s*\d+)*)\]$/.exec(of);
  return found ? { name: found[1]!, indices: found[2]!.split(',').map(Number) } : { name: of, indices: [] };
}

/** Whether a target names one number of an output of several axes by its place, as `output:findings[2,1]`. */
export const isElement = ({ kind, of }: Target): boolean =>
  kind === 'output' && typeof of === 'string' && indexed(of).indices.length > 1;

/** Whether a target can read an output of any shape, where a class needs `[N, K]`. */
export const readsAnyShape = (target: Target): boolean =>
  ['region', 'box', 'graph'].includes(target.kind) || isElement(target);
