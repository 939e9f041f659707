import { float } from '../../graph/attributes.js';
import type { Rule } from '../../graph/backward.js';

const steepest = 3e38;

/** dx = dy where y > 0: times a hard sigmoid so steep that it is a step, which takes half the time of a selection. */
export const trainingRelu: Rule = (node, [dy], { mul, emit }) => [
  mul(dy!, emit('HardSigmoid', [node.outputs[0]!], { alpha: float(steepest), beta: float(0) })),
];
