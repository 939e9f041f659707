import { usageError } from '../../base/errors.js';
import type { OptionValues } from '../../base/options.js';
import { type Random, seededRandom } from '../../base/random.js';
import type { RunContext } from '../../base/run.js';
import type { Drawn, Problem, RoleMasks } from '../problem/problem.js';
import { type Background, phantomBackgrounds, radiographBackgrounds } from './backgrounds.js';
import { drawLesion } from './lesion.js';
import { drawObject, drawWedge } from './objects.js';
import type { clinicalOptions } from './options.js';

type Values = OptionValues<typeof clinicalOptions>;

/**
 * Chests with and without an inserted lesion, in pairs of one background: the lesion is the cause. What else
 * changes an image (exposure, scatter, a distractor) is the same in both images of a pair; the confounder is
 * not. Roles are exact: the cause is every pixel that the lesion changes, an object's role has all of its
 * pixels, also those over a lesion. Exposure and scatter make every other pixel a suppressor; where a wedge
 * shows the exposure, it alone is one.
 */
export async function clinical(options: Values, run: RunContext): Promise<Problem> {
  const { size, images, seed, radiographs, confounder, distractor } = options;
  if (confounder !== 'none' && confounder === distractor)
    throw usageError(
      `options 'confounder' and 'distractor' of clinical got ${confounder} both; they take two`,
    );
  const behind =
    radiographs === undefined
      ? phantomBackgrounds(seed, size)
      : await radiographBackgrounds(radiographs, seed, size, run);
  const latest = remembering(behind);
  const objectOf = (name: Values['confounder']) => (name === 'none' ? undefined : drawObject(name, size));
  const [tied, free] = [objectOf(confounder), objectOf(distractor)];
  const wedge = options.suppressor === 'wedge' ? drawWedge(size) : undefined;

  function draw(index: number): Drawn {
    const [pair, label] = [Math.floor(index / 2), index % 2];
    const { image, lungs, patient, split } = latest(pair);
    const random = seededRandom(`clinical/${seed}/${pair}`);
    const { form, added } = lesionOf(options, random.fork('lesion'), lungs);
    const changed = nuisanceOf(options, random.fork('nuisance'));
    const chance = label === 1 ? options.tie : 1 - options.tie;
    const shown = [
      tied && random.fork(`confounder/${label}`).uniform() < chance ? tied : undefined,
      free && random.fork('distractor').uniform() < 0.5 ? free : undefined,
    ] as const;
    const values = new Float32Array(size * size);
    for (let i = 0; i < values.length; i++) {
      const seen = wedge && wedge[i]! >= 0 ? wedge[i]! : image[i]! + label * added[i]!;
      values[i] = seen + changed(i) + (shown[0]?.[i] ?? 0) + (shown[1]?.[i] ?? 0) - 0.5;
    }
    const burden = (label * added.reduce((sum, value) => sum + value, 0)) / added.length;
    return {
      label,
      image: values,
      masks: rolesOf(options, label === 1 ? added : undefined, shown, wedge),
      split,
      pair: String(pair),
      patient,
      attributes: { burden, ...(label === 1 && form) },
    };
  }

  return { height: size, width: size, classes: ['no lesion', 'lesion'], images: images - (images % 2), draw };
}

function lesionOf(
  { size, radius, contrast, spread, texture }: Values,
  random: Random,
  lungs: Background['lungs'],
) {
  const varied = () => 1 + spread * (2 * random.uniform() - 1);
  const form = { radius: radius * size * varied(), contrast: contrast * varied() };
  return { form, added: drawLesion(random, size, lungs, { ...form, texture }) };
}

/** What is added to pixel `i` whatever the class. */
function nuisanceOf({ suppressor, nuisance, size }: Values, random: Random): (i: number) => number {
  const height = nuisance * random.normal();
  const towards = 2 * Math.PI * random.uniform();
  if (suppressor === 'none') return () => 0;
  if (suppressor !== 'scatter') return () => height;
  const [dx, dy] = [Math.cos(towards), Math.sin(towards)];
  return (i) =>
    (height * (dx * ((i % size) - size / 2) + dy * (Math.floor(i / size) - size / 2))) / (size / 2);
}

function rolesOf(
  { suppressor, size }: Values,
  lesion: Float32Array | undefined,
  [tied, free]: readonly [Float32Array | undefined, Float32Array | undefined],
  wedge: Float32Array | undefined,
): RoleMasks {
  const empty = () => new Uint8Array(size * size);
  const masks = { cause: empty(), suppressor: empty(), confounder: empty(), distractor: empty() };
  for (let i = 0; i < size * size; i++) {
    if (tied && tied[i] !== 0) masks.confounder[i] = 1;
    else if (free && free[i] !== 0) masks.distractor[i] = 1;
    else if (wedge && wedge[i]! >= 0) masks.suppressor[i] = 1;
    else if (lesion && lesion[i] !== 0) masks.cause[i] = 1;
    else if (suppressor === 'exposure' || suppressor === 'scatter') masks.suppressor[i] = 1;
  }
  return masks;
}

/** Both images of a pair have one background: the latest is kept. */
function remembering(behind: (pair: number) => Background): (pair: number) => Background {
  let latest: { readonly pair: number; readonly background: Background } | undefined;
  return (pair) => {
    if (latest?.pair !== pair) latest = { pair, background: behind(pair) };
    return latest.background;
  };
}
