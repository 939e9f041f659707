import { string, stringOf } from '../../attributes.js';
import type { Rule, Walk } from '../../backward.js';
import { float32 } from '../../elements.js';
import type { Node } from '../../graph.js';
import { range } from '../../shapes.js';
import { refusal } from './constant.js';

/**
 * y = product of all inputs, summed over the letters that y lacks: dx_i = the einsum of dy and the other
 * inputs
 */
export const Einsum: Rule = (node, [dy], walk) => {
  const { emit, expandLike, unsqueeze } = walk;
  const { terms, result, ties } = einsumOf(node, walk);
  return node.inputs.map((input, i) => {
    if (!walk.needsGradient(input)) return undefined;
    const others = node.inputs.flatMap((value, j) => (j === i ? [] : [{ value, letters: terms[j]! }]));
    const all = [{ value: dy!, letters: result }, ...others, ...ties];
    // A letter in no other term was only summed over: the gradient is constant along its axis.
    const found = [...terms[i]!].filter((letter) => all.some(({ letters }) => letters.includes(letter)));
    const equation = `${all.map(({ letters }) => letters).join(',')}->${found.join('')}`;
    const values = all.map(({ value }) => value);
    const product = emit('Einsum', values, { equation: string(equation) });
    const missing = [...terms[i]!].flatMap((letter, axis) => (found.includes(letter) ? [] : [axis]));
    if (missing.length === 0) return product;
    return expandLike(unsqueeze(product, missing), input);
  });
};

interface Term {
  readonly value: string;
  readonly letters: string;
}

/**
 * The letters of each input and of the output, each at most once in a term: for a diagonal, an identity
 * matrix (`ties`) links the two axes. Throws for a diagonal of the batch and for letters that are broadcast.
 */
export function einsumOf(
  node: Node,
  walk: Pick<Walk, 'shape' | 'constant'>,
): { readonly terms: readonly string[]; readonly result: string; readonly ties: readonly Term[] } {
  const { equation, left, right, once } = equationOf(node);
  const given = left.split(',');
  const ranks = node.inputs.map(
    (value, i) => walk.shape(value).dims.length - given[i]!.replace('...', '').length,
  );
  const free = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'].filter(
    (letter) => !equation.includes(letter),
  );
  const rank = Math.max(0, ...given.flatMap((term, i) => (term.includes('...') ? [ranks[i]!] : [])));
  const dots = free.splice(0, rank).join('');
  const whole = given.map((term, i) => term.replace('...', dots.slice(rank - ranks[i]!)));
  const result = right === undefined ? dots + once.join('') : right.replace('...', dots);
  const ties: Term[] = [];
  const terms = whole.map((term, i) =>
    [...term]
      .map((letter, axis) => {
        if (term.indexOf(letter) === axis) return letter;
        const { dims, batchAxis } = walk.shape(node.inputs[i]!);
        const own = free.shift();
        const isBatch = batchAxis === axis || batchAxis === term.indexOf(letter);
        if (isBatch || own === undefined) throw refusal(node, `a diagonal of the batch in '${equation}'`);
        ties.push({ value: walk.constant(identity(dims[axis]!)), letters: letter + own });
        return own;
      })
      .join(''),
  );
  checkLengths(node, whole, walk);
  return { terms, result, ties };
}

/** Whether the equation sums over a letter. */
export function sumsOver(node: Node): boolean {
  const { left, right, once } = equationOf(node);
  const kept = right ?? once.join('');
  return [...left.replaceAll(/[.,]/g, '')].some((letter) => !kept.includes(letter));
}

/** Without an arrow, the output has the letters that occur once, in alphabetical order. */
function equationOf(node: Node) {
  const equation = stringOf(node, 'equation', '').replaceAll(' ', '');
  const [left = '', right] = equation.split('->');
  const letters = [...new Set(left.replaceAll(/[.,]/g, ''))];
  return { equation, left, right, once: letters.filter((c) => left.split(c).length === 2).sort() };
}

function checkLengths(node: Node, terms: readonly string[], walk: Pick<Walk, 'shape'>): void {
  const lengths = new Map<string, number>();
  for (const [i, term] of terms.entries()) {
    for (const [axis, letter] of [...term].entries()) {
      const length = walk.shape(node.inputs[i]!).dims[axis]!;
      if ((lengths.get(letter) ?? length) !== length) throw refusal(node, `'${letter}' is broadcast`);
      lengths.set(letter, length);
    }
  }
}

const identity = (length: number) =>
  float32(
    range(length * length).map((i) => (i % (length + 1) === 0 ? 1 : 0)),
    [length, length],
  );
