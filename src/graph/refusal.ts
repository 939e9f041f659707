import { SightlineError } from '../base/errors.js';
import { type Node, placeOf } from './graph.js';

/** The reason why a rule table has no rule for an operator, or for one form of it. */
export interface Refusal {
  readonly refused: string;
}

export const refused = (why: string): Refusal => ({ refused: why });

export const isRefusal = (entry: unknown): entry is Refusal =>
  typeof entry === 'object' && entry !== null && 'refused' in entry;

/** The error of a method that has no rule for an operator: the reason, and what to do. */
export class NoRule extends SightlineError {
  constructor(readonly reason: string) {
    super(
      'unsupported',
      `${reason}; a method that only runs the network needs none, such as kernel-shap or lime, or occlusion or rise where its positions are known`,
    );
  }
}

/** The `unsupported` error of a method without a rule for an operator, or for the form of it in this node. */
export const noRule = (method: string, node: Node, { refused: why }: Refusal): NoRule =>
  new NoRule(`${method} has no rule for operator '${node.op}' as ${placeOf(node)} uses it: ${why}`);

/** What to do with a file that ONNX Runtime wrote for one processor; nothing for other nodes. */
export const ofOneProcessor = ({ domain, op }: Pick<Node, 'domain' | 'op'>): string =>
  domain === 'com.microsoft.nchwc' || (domain === 'com.microsoft' && op === 'NhwcMaxPool')
    ? "; ONNX Runtime laid the file out for one processor: take it as it was before, or save it at the runtime's level 'extended'"
    : '';
