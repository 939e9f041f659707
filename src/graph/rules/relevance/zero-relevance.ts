import type { Walk } from '../../backward.js';
import { is } from '../../catalogue/index.js';
import { numbers } from '../../elements.js';
import type { Node } from '../../graph.js';
import { isRefusal } from '../../refusal.js';
import { type GraphFacts, onlyReader } from './graph-facts.js';
import { kindOf, type LayerKind } from './kinds.js';

/** Whether the rule of a layer or of a lone BatchNormalization gives nothing to inputs that are zero. */
export type SharesByInput = (node: Node, kind: LayerKind) => boolean;

/**
 * Knows where relevance cannot be: where a value is zero and every rule behind it multiplies by the value.
 * Behind a rectifier that is wherever its input is not positive, so what is done for negative outputs need
 * not be.
 */
export interface ZeroRelevance {
  /** Whether the relevance of a value is zero wherever the value is. */
  atZero(value: string, walk: Walk): boolean;
  /**
   * The rectified value whose relevance is zero where `value` is not positive; undefined where that is not
   * known.
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

/** Relevance of these is their input times something. */
const multiplied: ReadonlySet<LayerKind> = new Set([
  'sum',
  'average',
  'matrix-product',
  'normalisation',
  'softmax',
  'log-softmax',
]);

/** These make zero of zero, and hand on the relevance that is there. */
const zeroFromZero: ReadonlySet<LayerKind> = new Set([
  'scale',
  'activation',
  'maximum',
  'shape',
  'product',
  'quotient',
]);
