import { elementwise, type Rule } from '../../backward.js';
import { numbers } from '../../elements.js';
import * as f from '../formula.js';

/** y = a + b */
export const Add = elementwise((_, [dy]) => [dy, dy]);

/** y = a - b */
export const Sub = elementwise((node, [dy], walk) => [
  dy,
  walk.wanted(node.inputs[1]!) ? f.neg(walk, dy!) : undefined,
]);

/** y = a b */
export const Mul = elementwise(({ inputs: [a, b] }, [dy], walk) => [
  walk.wanted(a!) ? f.mul(walk, dy!, b!) : undefined,
  walk.wanted(b!) ? f.mul(walk, dy!, a!) : undefined,
]);

/** y = a / b: da = dy / b, db = -dy y / b */
export const Div = elementwise(({ inputs: [a, b], outputs: [y] }, [dy], walk) => {
  const da = f.div(walk, dy!, b!);
  return [walk.wanted(a!) ? da : undefined, walk.wanted(b!) ? f.neg(walk, f.mul(walk, da, y!)) : undefined];
});

/** y = a^b: da = dy b a^(b - 1), 0 where b is 0; db = dy y log(a), 0 where a is 0 */
export const Pow = elementwise(({ inputs: [a, b], outputs: [y] }, [dy], walk) => {
  const known = walk.known(b!);
  const [only] = known?.data.length === 1 ? numbers(known) : [];
  const power = () => {
    if (only === 1) return dy;
    if (only === 2) return f.mul(walk, f.mul(walk, 2, dy!), a!);
    if (only !== undefined) return f.mul(walk, f.mul(walk, only, dy!), f.pow(walk, a!, only - 1));
    const slope = f.mul(walk, b!, f.pow(walk, a!, f.sub(walk, b!, 1)));
    return f.mul(walk, dy!, f.where(walk, f.equal(walk, b!, 0), 0, slope));
  };
  const exponent = () => {
    const log = f.log(walk, f.where(walk, f.equal(walk, a!, 0), 1, a!));
    return f.mul(walk, dy!, f.mul(walk, y!, log));
  };
  return [walk.wanted(a!) && only !== 0 ? power() : undefined, walk.wanted(b!) ? exponent() : undefined];
});

/** y = a sum of any number of values */
export const Sum = elementwise((node, [dy]) => node.inputs.map(() => dy));

/** y = (x_1 + .. + x_n) / n */
export const Mean = elementwise((node, [dy], walk) => {
  const share = f.div(walk, dy!, node.inputs.length);
  return node.inputs.map(() => share);
});

/** dy goes to the input that was chosen, in equal parts where several were. */
const chosen: Rule = elementwise((node, [dy], walk) => {
  if (node.inputs.length === 1) return [dy];
  const y = node.outputs[0]!;
  const hits = node.inputs.map((x) => f.where(walk, f.equal(walk, x, y), 1, 0));
  const share = f.div(
    walk,
    dy!,
    hits.reduce((a, b) => f.add(walk, a, b)),
  );
  return node.inputs.map((x, i) => (walk.wanted(x) ? f.mul(walk, hits[i]!, share) : undefined));
});

export const Max = chosen;
export const Min = chosen;

/** y = c ? a : b */
export const Where = elementwise(({ inputs: [c, a, b] }, [dy], walk) => [
  undefined,
  walk.wanted(a!) ? f.where(walk, c!, dy!, 0) : undefined,
  walk.wanted(b!) ? f.where(walk, c!, 0, dy!) : undefined,
]);
