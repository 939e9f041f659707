import * as tf from '@tensorflow/tfjs';
import { floatOf, intOf, stringOf } from '../../graph/attributes.js';
import { sizeOf } from '../../tensor/tensor.js';
import { type Operator, type Operators, plain } from './value.js';

const without = (x: tf.Tensor, axis: number) => tf.squeeze(x, [axis]);

/**
 * Matrix product of the last two axes. A vector is a row on the left and a column on the right; leading axes
 * broadcast.
 */
function matMul(a: tf.Tensor, b: tf.Tensor): tf.Tensor {
  if (a.rank === 1) return without(matMul(tf.expandDims(a, 0), b), Math.max(0, b.rank - 2));
  if (b.rank === 1) return without(matMul(a, tf.expandDims(b, 1)), a.rank - 1);
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
  const [turnA, turnB] = [intOf(node, 'transA', 0) === 1, intOf(node, 'transB', 0) === 1];
  const product = tf.matMul(a!.tensor, b!.tensor, turnA, turnB);
  const [alpha, beta] = [floatOf(node, 'alpha', 1), floatOf(node, 'beta', 1)];
  const scaled = alpha === 1 ? product : tf.mul(product, alpha);
  if (!c) return [{ type: a!.type, tensor: scaled }];
  return [{ type: a!.type, tensor: tf.add(scaled, beta === 1 ? c.tensor : tf.mul(c.tensor, beta)) }];
};

interface Part {
  readonly x: tf.Tensor;
  /** One letter per axis. */
  readonly letters: string;
}

/** Expands `...` into unused letters: TensorFlow.js does not support the ellipsis. */
function lettersOf(equation: string, ranks: readonly number[]): { terms: string[]; result: string } {
  const [left = '', right] = equation.replaceAll(' ', '').split('->');
  const terms = left.split(',');
  const covered = terms.map((term, i) =>
    term.includes('...') ? ranks[i]! - (term.length - '...'.length) : 0,
  );
  const free = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'].filter((letter) => !equation.includes(letter));
  const dots = free.slice(0, Math.max(...covered)).join('');
  const named = terms.map((term, i) => term.replace('...', covered[i] === 0 ? '' : dots.slice(-covered[i]!)));
  const letters = [...named.join('')].filter((letter) => !dots.includes(letter)).sort();
  const once = letters.filter((letter) => letters.indexOf(letter) === letters.lastIndexOf(letter));
  return {
    terms: named,
    result: right === undefined ? dots + once.join('') : right.replace('...', dots),
  };
}

const lettersIn = (parts: readonly Part[]): string => parts.map(({ letters }) => letters).join('');

/**
 * Sums out the axes that neither the result nor another part has: TensorFlow.js sums only over shared axes.
 */
function reduced({ x, letters }: Part, needed: string): Part {
  const alone = [...letters].flatMap((letter, axis) => (needed.includes(letter) ? [] : [axis]));
  if (alone.length === 0) return { x, letters };
  return { x: tf.sum(x, alone), letters: [...letters].filter((letter) => needed.includes(letter)).join('') };
}

/**
 * Replaces a letter that occurs twice in a term (a diagonal), which TensorFlow.js does not support:
 * multiplies by an identity matrix that joins the two axes.
 */
function withoutDiagonals(parts: readonly Part[], result: string): Part[] {
  const taken = result + lettersIn(parts);
  const alphabet = [...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'];
  const free = alphabet.filter((letter) => !taken.includes(letter));
  return parts.flatMap(({ x, letters }) => {
    const ties: Part[] = [];
    const own = [...letters].map((letter, axis) => {
      if (letters.indexOf(letter) === axis) return letter;
      const other = free.shift()!;
      ties.push({ x: tf.eye(x.shape[axis]!), letters: letter + other });
      return other;
    });
    return [{ x, letters: own.join('') }, ...ties];
  });
}

/** Contracts two inputs at a time, the limit of TensorFlow.js. */
const Einsum = plain((inputs, node) => {
  const ranks = inputs.map(({ rank }) => rank);
  const { terms, result } = lettersOf(stringOf(node, 'equation', ''), ranks);
  const given = inputs.map((x, i) => ({ x, letters: terms[i]! }));
  const apart = withoutDiagonals(given, result);
  const parts = apart.map((part, i) => reduced(part, result + lettersIn(apart.toSpliced(i, 1))));
  const whole = parts.reduce((a, b, i) => {
    const later = result + lettersIn(parts.slice(i + 1));
    const letters = [...new Set(a.letters + b.letters)].filter((letter) => later.includes(letter)).join('');
    return { x: tf.einsum(`${a.letters},${b.letters}->${letters}`, a.x, b.x), letters };
  });
  return whole.letters === result ? whole.x : tf.einsum(`${whole.letters}->${result}`, whole.x);
});

export const linear: Operators = {
  Einsum,
  Gemm,
  MatMul: plain(([a, b]) => matMul(a!, b!)),
};
