import type { Node } from '../../graph/graph.js';
import type { Lookup } from './lookup.js';

/** The least bound that caps scores: a narrower one makes a quantity of them. */
const LEAST = 2;

/**
 * The value x of which a node makes c tanh(x / c), which keeps a score as it is but for large ones (Bello et
 * al. 2017, arXiv:1611.09940; Gemma 2, arXiv:2408.00118).
 */
export function softCapped(node: Node, at: Lookup): string | undefined {
  if (node.op !== 'Mul' || node.domain !== '') return undefined;
  const tanh = node.inputs.map((v) => at.made(v, 'Tanh')).find(Boolean);
  const cap = node.inputs.map((v) => at.scalar(v)).find((number) => number !== undefined);
  const scaled = at.made(tanh?.inputs[0], 'Div', 'Mul');
  if (cap === undefined || !scaled) return undefined;
  const [first = '', second = ''] = scaled.inputs;
  const isFirst = at.scalar(second) !== undefined;
  const by = at.scalar(isFirst ? second : scaled.op === 'Mul' ? first : undefined);
  if (by === undefined) return undefined;
  const slope = scaled.op === 'Div' ? cap / by : cap * by;
  return cap >= LEAST && Math.abs(slope - 1) <= 1e-3 ? (isFirst ? first : second) : undefined;
}
