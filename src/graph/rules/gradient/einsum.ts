import { string, stringOf } from '../../attributes.js';
import type { Rule, Walk } from '../../backward.js';
import { int64 } from '../../elements.js';
import type { Node } from '../../graph.js';
import * as f from '../formula.js';
import { refusal } from './constant.js';

/** y = sum over the letters that it does not have of the product of all inputs: dx_i = the same of dy and the others. */
export const Einsum: Rule = (node, [dy], walk) => {
  const { terms, result } = parts(node, walk);
  return node.inputs.map((input, i) => {
    if (!walk.wanted(input)) return undefined;
    const others = node.inputs.flatMap((value, j) => (j === i ? [] : [{ value, letters: terms[j]! }]));
    const all = [{ value: dy!, letters: result }, ...others];
    // Letters that no other term has were summed over alone: each element takes the same.
    const found = [...terms[i]!].filter((letter) => all.some(({ letters }) => letters.includes(letter)));
    const equation = `${all.map(({ letters }) => letters).join(',')}->${found.join('')}`;
    const product = walk.emit(
      'Einsum',
      all.map(({ value }) => value),
      { equation: string(equation) },
    );
    const missing = [...terms[i]!].flatMap((letter, axis) => (found.includes(letter) ? [] : [axis]));
    if (missing.length === 0) return product;
    return f.expandLike(walk, walk.emit('Unsqueeze', [product, walk.constant(int64(missing))]), input);
  });
};

/** The letters of each input and of the output. */
function parts(node: Node, walk: Walk): { readonly terms: string[]; readonly result: string } {
  const equation = stringOf(node, 'equation', '').replaceAll(' ', '');
  const [left = '', right] = equation.split('->');
  const given = left.split(',');
  const ranks = node.inputs.map(
    (value, i) => walk.shape(value).dims.length - given[i]!.replace('...', '').length,
  );
  const free = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'].filter((letter) => !equation.includes(letter));
  const rank = Math.max(0, ...given.flatMap((term, i) => (term.includes('...') ? [ranks[i]!] : [])));
  const dots = free.slice(0, rank).join('');
  const terms = given.map((term, i) => term.replace('...', dots.slice(rank - ranks[i]!)));
  const once = [...new Set(left.replaceAll(/[.,]/g, ''))].filter((c) => left.split(c).length === 2).sort();
  const result = right === undefined ? dots + once.join('') : right.replace('...', dots);
  if ([...terms, result].some((term) => new Set(term).size < term.length)) {
    throw refusal(node, `a letter stands twice in one term of '${equation}'`);
  }
  const lengths = new Map<string, number>();
  for (const [i, term] of terms.entries()) {
    for (const [axis, letter] of [...term].entries()) {
      const length = walk.shape(node.inputs[i]!).dims[axis]!;
      if ((lengths.get(letter) ?? length) !== length) throw refusal(node, `'${letter}' is broadcast`);
      lengths.set(letter, length);
    }
  }
  return { terms, result };
}
