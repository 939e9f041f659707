import { cite } from '../../../base/paper.js';
import type { Builder } from '../../../graph/builder.js';
import type { Optimiser, Update } from './optimiser.js';

const [beta1, beta2, epsilon] = [0.9, 0.999, 1e-8];

/**
 * Keeps the moments without the factors (1 - beta): M = beta1 M + g, V = beta2 V + g^2. Adam's step rate m'
 * / (sqrt(v') + epsilon) then equals size M / (sqrt(V) + floor), which saves two passes over the parameters.
 */
function scalars(step: number, rate: number): Record<string, number> {
  const spread = Math.sqrt((1 - beta2) / (1 - beta2 ** step));
  return { size: (rate * (1 - beta1)) / ((1 - beta1 ** step) * spread), floor: epsilon / spread };
}

function move({ add, sub, mul, div, sqrt }: Builder, from: string, gradient: string, update: Update) {
  const { moments, scalars } = update;
  const first = add(mul(moments[0]!, beta1), gradient);
  const square = mul(gradient, gradient);
  const second = add(mul(moments[1]!, beta2), square);
  const step = mul(div(first, add(sqrt(second), scalars.floor!)), scalars.size!);
  return [sub(from, step), first, second] as const;
}

export const adam: Optimiser = {
  name: 'adam',
  doc: 'Steps of the gradient mean over the root of its mean square; decay adds to the gradient.',
  paper: cite`Kingma, Ba (2015). Adam: a method for stochastic optimization. arXiv:1412.6980`,
  moments: ['first', 'second'],
  scalars,
  update(builder, update, { decay }) {
    const { weight, gradient, decays } = update;
    const pull = decays && decay > 0 ? builder.add(gradient, builder.mul(weight, decay)) : gradient;
    return move(builder, weight, pull, update);
  },
};

export const adamw: Optimiser = {
  name: 'adamw',
  doc: 'Adam with weight decay apart from the gradient: w = w - rate decay w first.',
  paper: cite`Loshchilov, Hutter (2019). Decoupled weight decay regularization. arXiv:1711.05101`,
  moments: ['first', 'second'],
  scalars: (step, rate, { decay }) => ({ ...scalars(step, rate), kept: 1 - rate * decay }),
  update(builder, update, { decay }) {
    const { weight, gradient, decays } = update;
    const from = decays && decay > 0 ? builder.mul(weight, update.scalars.kept!) : weight;
    return move(builder, from, gradient, update);
  },
};
