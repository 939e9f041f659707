import * as tf from '@tensorflow/tfjs';
import { floatOf, intOf, stringOf } from '../../graph/attributes.js';
import { sizeOf } from '../../tensor/tensor.js';
import { type Operator, plain } from './value.js';

/** Products of the last two axes; vectors count as a row or a column, the axes before are broadcast. */
function matMul(a: tf.Tensor, b: tf.Tensor): tf.Tensor {
  if (a.rank === 1) return tf.squeeze(matMul(tf.expandDims(a, 0), b), [-2]);
  if (b.rank === 1) return tf.squeeze(matMul(a, tf.expandDims(b, 1)), [-1]);
  const [m, k, n] = [a.shape.at(-2)!, a.shape.at(-1)!, b.shape.at(-1)!];
  if (b.rank === 2 && a.rank > 2) {
    return tf.reshape(tf.matMul(tf.reshape(a, [-1, k]), b), [...a.shape.slice(0, -1), n]);
  }
  const [outerA, outerB] = [a.shape.slice(0, -2), b.shape.slice(0, -2)];
  const outer = tf.broadcast_util.assertAndGetBroadcastShape(outerA, outerB);
  const stack = (x: tf.Tensor, own: readonly number[]) => {
    const inner = x.shape.slice(-2);
    const whole = sizeOf(own) === sizeOf(outer) ? x : tf.broadcastTo(x, [...outer, ...inner]);
    return tf.reshape(whole, [sizeOf(outer), ...inner]);
  };
  return tf.reshape(tf.matMul(stack(a, outerA), stack(b, outerB)), [...outer, m, n]);
}

const Gemm: Operator = ([a, b, c], node) => {
  const product = tf.matMul(
    a!.tensor,
    b!.tensor,
    intOf(node, 'transA', 0) === 1,
    intOf(node, 'transB', 0) === 1,
  );
  const [alpha, beta] = [floatOf(node, 'alpha', 1), floatOf(node, 'beta', 1)];
  const scaled = alpha === 1 ? product : tf.mul(product, alpha);
  if (!c) return [{ type: a!.type, tensor: scaled }];
  return [{ type: a!.type, tensor: tf.add(scaled, beta === 1 ? c.tensor : tf.mul(c.tensor, beta)) }];
};

/** TensorFlow.js knows no `...`: letters that the equation does not use stand for the axes that it covers. */
const Einsum = plain((inputs, node) => {
  const equation = stringOf(node, 'equation', '').replaceAll(' ', '');
  const [left = '', right] = equation.split('->');
  const terms = left.split(',');
  const covered = terms.map((term, i) =>
    term.includes('...') ? inputs[i]!.rank - (term.length - '...'.length) : 0,
  );
  const free = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'].filter((letter) => !equation.includes(letter));
  const dots = free.slice(0, Math.max(...covered)).join('');
  const named = terms.map((term, i) => term.replace('...', covered[i] === 0 ? '' : dots.slice(-covered[i]!)));
  const letters = [...named.join('')].filter((letter) => !dots.includes(letter)).sort();
  const once = letters.filter((letter) => letters.indexOf(letter) === letters.lastIndexOf(letter));
  const result = right === undefined ? dots + once.join('') : right.replace('...', dots);
  return tf.einsum(`${named.join(',')}->${result}`, ...inputs);
});

export const linear: Readonly<Record<string, Operator>> = {
  Einsum,
  Gemm,
  MatMul: plain(([a, b]) => matMul(a!, b!)),
};
