import { unsupported } from '../base/errors.js';
import type { Sample } from '../data/sample.js';
import type { Figure } from '../figures/figure.js';
import { prototypesFigure, treeFigure } from '../figures/prototypes.js';
import type { Classifier } from '../model/classifier.js';
import { readingOf, shownPrototypes, shownTree, sumOfPrototypes } from '../model/prototypes/shown.js';

interface PrototypesShown {
  /** The class that is explained; by default that of the sample's label. */
  readonly target?: number;
  /** How many prototypes are shown. */
  readonly count?: number;
}

/**
 * "This looks like that": the prototypes that add most to a class in a sample, each beside its patch in one
 * of `examples`, the training samples. Of a PIP-Net it is the score sheet of the class: all that is present.
 */
export async function prototypePanels(
  model: Classifier,
  sample: Sample,
  examples: readonly Sample[],
  { target = sample.labels.at(-1) ?? 0, count = 4 }: PrototypesShown = {},
): Promise<Figure> {
  const reading = await readingOf(model, [sample]);
  const shown = shownPrototypes(model, reading, 0, sample, target, examples).slice(0, count);
  const name = model.classes[target] ?? `class ${target}`;
  const sum = sumOfPrototypes(model, reading, 0, target);
  return prototypesFigure(sample.image, shown, { title: `${name}: ${sum.toFixed(2)} in all` });
}

/** The tree of a ProtoTree, with the path that a sample takes through it; `examples` are training samples. */
export async function prototypeTree(
  model: Classifier,
  sample: Sample,
  examples: readonly Sample[],
): Promise<Figure> {
  const reading = await readingOf(model, [sample]);
  const tree = shownTree(model, reading, 0, examples);
  if (tree === undefined)
    throw unsupported(
      `${model.name ?? 'the model'} is a ${reading.known.kind} and has no tree; a prototree has one`,
    );
  return treeFigure(tree, `${model.classes[sample.labels.at(-1)!] ?? sample.id}: its path`);
}
