import type { Gathered } from '../attribution/gathered.js';
import { methods } from '../attribution/index.js';
import type { Method } from '../attribution/method.js';
import { MOST_SOLVED } from '../attribution/surrogate/solvable.js';
import { messageOf, SightlineError } from '../base/errors.js';
import type { GivenOptions, Option } from '../base/options.js';
import type { RunContext } from '../base/run.js';
import { type Layout, placesOf } from '../model/classifier.js';
import { sizeOf } from '../tensor/tensor.js';
import { textTable } from './wrap.js';

/** Whether a method runs on a model. */
export interface Tried {
  readonly method: string;
  readonly runs: boolean;
  /** Why it is refused. */
  readonly why?: string;
  /** What holds of its maps whatever the image: approximated derivatives, equality with another method. */
  readonly notes?: readonly string[];
}

/** Values of options that minimise a method's work; of several the first that the method takes. */
const least: Readonly<Record<string, readonly unknown[]>> = { samples: [2, 4, 10], masks: [2], steps: [2] };

/** Options that minimise the work of a method on samples of a shape: of segments, two. */
function leastOptions({ options, family }: Method, input: Way['input']): GivenOptions {
  const given = Object.entries(least).flatMap(([name, values]) => {
    const fits = values.find((value) => options[name]?.read(value) !== undefined);
    return fits === undefined ? [] : [[name, fits] as const];
  });
  // Over two segments a method would run that is refused over all values.
  const isRefused = family === 'surrogate' && isLong(input);
  const halves = options.segments && !isRefused ? halvesOf(options.segments, input.layout, input.shape) : {};
  return { ...Object.fromEntries(given), ...halves };
}

/** Whether each position of an input is a segment by default, and there are too many for a linear model. */
function isLong(input: Way['input']): boolean {
  const places = placesOf({ input });
  return input.layout === 'other' && places.length < 3 && sizeOf(places) > MOST_SOLVED;
}

/** Two segments: halves of an image; of another sample, halves of its values where each is a segment. */
function halvesOf(
  { default: usual }: Option<unknown>,
  layout: string,
  shape: readonly number[],
): GivenOptions {
  if (layout !== 'other') return { segments: [1, 2] };
  if ((usual as { readonly word?: string }).word !== 'auto') return {};
  const size = sizeOf(shape);
  const data = Float32Array.from({ length: size }, (_, i) => (2 * i < size ? 0 : 1));
  return { segments: { data, shape } };
}

/** Explains one sample of noise by a method. */
export type Explain = (method: string, options: GivenOptions) => Promise<Gathered>;

/** A way to explain one sample of noise, and what has to be asked for it. */
interface Way {
  readonly explain: Explain;
  readonly input: Layout;
  readonly with?: string;
}

/** Tries each method in several ways; of those refused in all, the first reason is told. */
export async function tryMethods(ways: readonly Way[], run: RunContext): Promise<Tried[]> {
  const tried: Tried[] = [];
  const step = run.progress.start('methods', Object.keys(methods).length);
  for (const method of Object.values<Method>(methods)) {
    let why: string | undefined;
    let notes: readonly string[] | undefined;
    for (const way of ways) {
      try {
        const options = leastOptions(method, way.input);
        const { generalNotes, networkNotes } = await way.explain(method.name, options);
        // The method's own notes on so little work would be about that.
        const told = Object.keys(options).length > 0 ? networkNotes : generalNotes;
        notes = [...(way.with === undefined ? [] : [way.with]), ...told];
        break;
      } catch (error) {
        if (!(error instanceof SightlineError) || error.kind === 'cancelled') throw error;
        why ??= messageOf(error);
      }
    }
    tried.push({
      ...{ method: method.name, runs: notes !== undefined },
      ...(notes === undefined ? { why: why! } : notes.length > 0 && { notes }),
    });
    step.advance(1, method.name);
  }
  step.done();
  return tried;
}

/** The methods as a table, with what is told of several of them below it. */
export function methodLines(tried: readonly Tried[]): string[] {
  const told = tried.flatMap(({ why, notes = [] }) => (why === undefined ? notes : [why]));
  const shared = [...new Set(told.filter((text, i) => told.indexOf(text) !== i))];
  const inCell = (text: string) => (shared.includes(text) ? `(${shared.indexOf(text) + 1})` : text);
  const table = textTable(
    ['method', '', 'why'],
    tried.map(({ method, runs, why, notes = [] }) => [
      method,
      runs ? 'runs' : 'refused',
      (why === undefined ? notes : [why]).map(inCell).join('; '),
    ]),
  );
  const below = shared.map((text, i) => `(${i + 1}) ${text}`);
  return below.length === 0 ? table : [...table, '', ...below];
}
