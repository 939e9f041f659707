import { floatOf, intOf, stringOf } from '../../graph/attributes.js';
import { type Array64, at, broadcastAt, broadcastShape, build, indices, sum } from './arrays.js';
import { type Kernel, plain } from './kernel.js';

const range = (length: number) => Array.from({ length }, (_, i) => i);

function matMul(a: Array64, b: Array64): Array64 {
  const left = a.shape.length === 1 ? { ...a, shape: [1, ...a.shape] } : a;
  const right = b.shape.length === 1 ? { ...b, shape: [...b.shape, 1] } : b;
  const [rows, inner] = left.shape.slice(-2) as [number, number];
  const columns = right.shape.at(-1)!;
  const lead = broadcastShape([left.shape.slice(0, -2), right.shape.slice(0, -2)]);
  const y = build([...lead, rows, columns], (index) => {
    const [i, j] = index.slice(-2) as [number, number];
    const outer = index.slice(0, -2);
    return sum(
      range(inner).map((k) => broadcastAt(left, [...outer, i, k]) * broadcastAt(right, [...outer, k, j])),
    );
  });
  const shape = y.shape.filter(
    (_, axis) =>
      !(a.shape.length === 1 && axis === y.shape.length - 2) &&
      !(b.shape.length === 1 && axis === y.shape.length - 1),
  );
  return { data: y.data, shape };
}

function gemm(
  a: Array64,
  b: Array64,
  c: Array64 | undefined,
  alpha: number,
  beta: number,
  ta: number,
  tb: number,
) {
  const rows = a.shape[ta ? 1 : 0]!;
  const inner = a.shape[ta ? 0 : 1]!;
  const columns = b.shape[tb ? 0 : 1]!;
  return build([rows, columns], (index) => {
    const [i, j] = index as [number, number];
    const product = sum(range(inner).map((k) => at(a, ta ? [k, i] : [i, k]) * at(b, tb ? [j, k] : [k, j])));
    return alpha * product + (c ? beta * broadcastAt(c, index) : 0);
  });
}

/** The sum over all letters of the products; an ellipsis stands for the axes that have no letter. */
const Einsum = plain((inputs, node) => {
  const [left = '', right] = stringOf(node, 'equation', '').replaceAll(' ', '').split('->');
  const hidden = '0123456789';
  const terms = left.split(',').map((term, i) => {
    const rank = inputs[i]!.shape.length - term.replace('...', '').length;
    return term.replace('...', hidden.slice(hidden.length - rank));
  });
  const dots = [...hidden].filter((c) => terms.some((t) => t.includes(c))).join('');
  const letters = [...new Set(terms.join(''))];
  const once = letters.filter((c) => !hidden.includes(c) && terms.join('').split(c).length === 2).sort();
  const result = right === undefined ? dots + once.join('') : right.replace('...', dots);
  const length = (letter: string) => {
    const i = terms.findIndex((term) => term.includes(letter));
    return inputs[i]!.shape[terms[i]!.indexOf(letter)]!;
  };
  const summed = letters.filter((c) => !result.includes(c));
  return build([...result].map(length), (outer) =>
    sum(
      indices(summed.map(length)).map((inner) => {
        const place = (c: string) =>
          result.includes(c) ? outer[result.indexOf(c)]! : inner[summed.indexOf(c)]!;
        return inputs.reduce((product, x, i) => product * at(x, [...terms[i]!].map(place)), 1);
      }),
    ),
  );
});

export const linear: Readonly<Record<string, Kernel>> = {
  Einsum,
  Gemm: ([a, b, c], node) => [
    gemm(
      a!,
      b!,
      c,
      floatOf(node, 'alpha', 1),
      floatOf(node, 'beta', 1),
      intOf(node, 'transA', 0),
      intOf(node, 'transB', 0),
    ),
  ],
  MatMul: plain(([a, b]) => matMul(a!, b!)),
};
