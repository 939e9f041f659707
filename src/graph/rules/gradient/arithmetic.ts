import { elementwise, type Rule } from '../../backward.js';
import { numbers } from '../../elements.js';

/** y = a + b: da = dy, db = dy */
export const Add = elementwise((_, [dy]) => [dy, dy]);

/** y = a - b: da = dy, db = -dy */
export const Sub = elementwise((node, [dy], { needsGradient, neg }) => [
  dy,
  needsGradient(node.inputs[1]!) ? neg(dy!) : undefined,
]);

/** y = a b: da = dy b, db = dy a */
export const Mul = elementwise(({ inputs: [a, b] }, [dy], { needsGradient, mul }) => [
  needsGradient(a!) ? mul(dy!, b!) : undefined,
  needsGradient(b!) ? mul(dy!, a!) : undefined,
]);

/** y = a / b: da = dy / b, db = -dy y / b */
export const Div = elementwise(({ inputs: [a, b], outputs: [y] }, [dy], { div, needsGradient, neg, mul }) => {
  const da = div(dy!, b!);
  return [needsGradient(a!) ? da : undefined, needsGradient(b!) ? neg(mul(da, y!)) : undefined];
});

/** y = a - k b with an integer k: da = dy, db = -dy k */
export const Mod = elementwise(({ inputs: [a, b], outputs: [y] }, [dy], { needsGradient, mul, div, sub }) => [
  dy,
  needsGradient(b!) ? mul(dy!, div(sub(y!, a!), b!)) : undefined,
]);

/**
 * y = a^b: da = dy b a^(b - 1), 0 where b is 0; db = dy y log(a), 0 where a is 0. Where y is no number, as a
 * root of what is negative, a file goes on without it: both are 0.
 */
export const Pow = elementwise(({ inputs: [a, b], outputs: [y] }, [dy], walk) => {
  const { mul, pow, sub, where, equal } = walk;
  const known = walk.known(b!);
  const [only] = known?.data.length === 1 ? numbers(known) : [];
  const isWhole = known && numbers(known).every(Number.isInteger);
  const held = (slope: string) => (isWhole ? slope : where(equal(y!, y!), slope, 0));
  const power = () => {
    if (only === 1) return dy;
    if (only === 2) return mul(mul(2, dy!), a!);
    if (only !== undefined) return mul(mul(only, dy!), held(pow(a!, only - 1)));
    const slope = mul(b!, pow(a!, sub(b!, 1)));
    return mul(dy!, held(where(equal(b!, 0), 0, slope)));
  };
  const exponent = () => {
    const log = walk.log(where(equal(a!, 0), 1, a!));
    return mul(dy!, held(mul(y!, log)));
  };
  return [
    walk.needsGradient(a!) && only !== 0 ? power() : undefined,
    walk.needsGradient(b!) ? exponent() : undefined,
  ];
});

/** y = x_1 + .. + x_n: dx_i = dy */
export const Sum = elementwise((node, [dy]) => node.inputs.map(() => dy));

/** y = (x_1 + .. + x_n) / n: dx_i = dy / n */
export const Mean = elementwise((node, [dy], { div }) => {
  const share = div(dy!, node.inputs.length);
  return node.inputs.map(() => share);
});

/** dy goes to the maximum (minimum) input, in equal parts at ties. */
const chosen: Rule = elementwise((node, [dy], { where, equal, div, sumOf, needsGradient, mul }) => {
  if (node.inputs.length === 1) return [dy];
  const y = node.outputs[0]!;
  const hits = node.inputs.map((x) => where(equal(x, y), 1, 0));
  const share = div(dy!, sumOf(hits));
  return node.inputs.map((x, i) => (needsGradient(x) ? mul(hits[i]!, share) : undefined));
});

export const Max = chosen;
export const Min = chosen;

/** y = c ? a : b: da = dy where c holds, db = dy elsewhere */
export const Where = elementwise(({ inputs: [c, a, b] }, [dy], { needsGradient, where }) => [
  undefined,
  needsGradient(a!) ? where(c!, dy!, 0) : undefined,
  needsGradient(b!) ? where(c!, 0, dy!) : undefined,
]);
