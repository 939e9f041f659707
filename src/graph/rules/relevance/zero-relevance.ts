import type { Walk } from '../../backward.js';
import { is } from '../../catalogue/index.js';
import { numbers } from '../../elements.js';
import type { Node } from '../../graph.js';
import { isRefusal } from '../../refusal.js';
import { type GraphFacts, onlyReader } from './graph-facts.js';
import { kindOf, type LayerKind } from './kinds.js';

/**
 * Whether the rule of a layer, or of a BatchNormalization outside a layer, gives no relevance to inputs that
 * are zero.
 */
export type SharesByInput = (node: Node, kind: LayerKind) => boolean;

/**
 * Finds where relevance must be zero: where a value is zero and every rule after it multiplies by the value.
 * Before a rectifier this holds wherever its input is not positive, so negative outputs can be skipped.
 */
export interface ZeroRelevance {
  /** Whether the relevance of a value is zero wherever the value is zero. */
  atZero(value: string, walk: Walk): boolean;
  /**
   * The rectified value whose relevance is zero where `value` is not positive; undefined where that is
   * unknown. `exact`: it equals max(value, 0).
   */
  rectified(value: string, walk: Walk): { readonly output: string; readonly exact: boolean } | undefined;
}

export function zeroRelevanceOf(facts: GraphFacts, sharesByInput: SharesByInput): ZeroRelevance {
  const known = new Map<string, boolean>();
  const atZero = (value: string, walk: Walk): boolean => {
    const found = known.get(value);
    if (found !== undefined) return found;
    const readers = facts.readers.get(value) ?? [];
    const isOutput = facts.graph.outputs.some((v) => v.name === value);
    const zero = !isOutput && readers.every((reader) => through(reader, walk));
    known.set(value, zero);
    return zero;
  };
  const through = (node: Node, walk: Walk): boolean => {
    const kind = kindOf(node, walk, facts);
    if (isRefusal(kind)) return false;
    if (multiplied.has(kind)) return true;
    if (kind === 'activation' && !is(node, 'zeroAtZero')) return false;
    if (zeroFromZero.has(kind)) return node.outputs.every((v) => v === '' || atZero(v, walk));
    return sharesByInput(node, kind);
  };
  return {
    atZero,
    rectified(value, walk) {
      const reader = onlyReader(value, facts);
      const output = reader?.outputs[0];
      if (!reader || output === undefined || reader.domain !== '') return undefined;
      const relu = reader.op === 'Relu';
      const low = facts.graph.initializers.get(reader.inputs[1] ?? '');
      const clip = reader.op === 'Clip' && low !== undefined && numbers(low)[0] === 0;
      return (relu || clip) && atZero(output, walk) ? { output, exact: relu } : undefined;
    },
  };
}

/** Kinds whose relevance is the input times a factor. */
const multiplied: ReadonlySet<LayerKind> = new Set([
  'sum',
  'average',
  'matrix-product',
  'normalisation',
  'softmax',
  'log-softmax',
]);

/** Kinds that map zero to zero and pass relevance on. */
const zeroFromZero: ReadonlySet<LayerKind> = new Set([
  'scale',
  'activation',
  'maximum',
  'shape',
  'product',
  'quotient',
]);
