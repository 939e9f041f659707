import { inputError } from '../base/errors.js';
import type { Graph, Value } from '../graph/graph.js';

/**
 * The inputs of a graph of several that have no axis of samples and are one for all: scalars, inputs of a
 * fixed first length where the samples' is open or another, and those whose first axis becomes another axis
 * of an output. Throws where static lengths do not tell which axis counts samples.
 */
export function wholeInputs({ inputs, outputs }: Graph, name: string): ReadonlySet<string> {
  const named = (values: readonly Value[]) => new Set(values.map((value) => value.name));
  const scalars = inputs.filter(({ shape }) => shape?.length === 0);
  const others = inputs.filter(({ shape }) => shape?.length !== 0);
  if (others.length < 2) return named(scalars);
  const firsts = new Set(outputs.map(firstOf));
  const isMany = (input: Value) => typeof firstOf(input) === 'number' && Number(firstOf(input)) > 1;
  if (others.some((input) => typeof firstOf(input) !== 'number')) {
    const later = new Set(outputs.flatMap(({ shape }) => shape?.slice(1) ?? []));
    const isTold = others.some((input) => typeof firstOf(input) === 'string' && firsts.has(firstOf(input)));
    const becomesOther = (input: Value) => {
      const first = firstOf(input);
      return isTold && typeof first === 'string' && later.has(first) && !firsts.has(first);
    };
    const whole = others.filter((input) => isMany(input) || becomesOther(input));
    const batches = new Set(others.filter((input) => !whole.includes(input)).map(firstOf));
    for (const input of whole) checkNoBatch(input, batches, name);
    return named([...scalars, ...whole]);
  }
  if (new Set(others.map(firstOf)).size === 1) return named(scalars);
  const [batch, ...more] = new Set(others.map(firstOf).filter((first) => firsts.has(first)));
  if (batch === undefined || more.length > 0) throw untold(others, outputs, name);
  return named([...scalars, ...others.filter((input) => isMany(input) && firstOf(input) !== batch)]);
}

const firstOf = ({ shape }: Value): number | string | undefined => shape?.[0];

const shown = (values: readonly Value[]) =>
  values.map((value) => `'${value.name}' [${value.shape ?? '?'}]`).join(', ');

const untold = (inputs: readonly Value[], outputs: readonly Value[], name: string) =>
  inputError(
    `${name}: nothing tells which first axis counts samples: inputs ${shown(inputs)}, outputs ${shown(outputs)}; export the model with an open batch axis`,
  );

function checkNoBatch({ name: input, shape = [] }: Value, batches: ReadonlySet<unknown>, name: string): void {
  const at = shape.findIndex((length) => typeof length === 'string' && batches.has(length));
  if (at > 0)
    throw inputError(
      `${name}: input '${input}' [${shape}] has its batch '${shape[at]}' on axis ${at}; export the model with a batch axis first`,
    );
}
