import { stringOf } from '../attributes.js';
import type { Graph, Node } from '../graph.js';
import { openBlocked } from './fused/open-blocked.js';
import { unfuse } from './fused/unfuse.js';
import { openOutputs } from './quantised/open-outputs.js';
import { openQuantised } from './quantised/open-quantised.js';

/**
 * Opens the operators in which ONNX Runtime hides what ends a model, in a graph of any opset: activations
 * fused with their layer, quantised ones, and outputs that are integers of a quantised graph.
 */
export function openEnds(graph: Graph): Graph {
  const isClip = (node: Node) => stringOf(node, 'activation', '') === 'Clip';
  const holds = (node: Node) => layers.has(node.op) && !(isClip(node) && graph.opsets['']! < clipsByInputs);
  return openOutputs(openQuantised(unfuse(openBlocked(graph), holds), ({ op }) => ends.has(op)));
}

const layers = new Set(['FusedConv', 'FusedGemm']);
const ends = new Set(['QLinearAdd', 'QLinearConcat', 'QLinearMul', 'QLinearSigmoid', 'QLinearSoftmax']);

/** The opset from which on the bounds of Clip are inputs. */
const clipsByInputs = 11;
