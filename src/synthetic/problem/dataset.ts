import type { GivenOptions, OptionSpecs, OptionValues } from '../../base/options.js';
import type { RunContext } from '../../base/run.js';
import { type Dataset, type Defaults, dataset } from '../../data/dataset.js';
import { drawnOnce } from '../drawing/drawing.js';
import type { Problem } from './problem.js';
import { problemFile, readProblem, writeProblem } from './store.js';

interface Declared<N extends string, S extends OptionSpecs> {
  readonly name: N;
  readonly title: string;
  /** Of the generator: it rises with every change of what is drawn. */
  readonly version: number;
  /** The paper that the problem comes from. */
  readonly citation: string;
  readonly options: S;
  readonly defaults?: Omit<Defaults, 'task'>;
  /** Makes the problem. Throws where the options do not go together. */
  generate(options: OptionValues<S>, run: RunContext): Problem | Promise<Problem>;
  /** What says that two drawings are one; by default all options. */
  identity?(options: OptionValues<S>): Promise<GivenOptions>;
}

/**
 * Declares a problem with known important pixels as a data set: its images are drawn when they are first
 * read, and the evidence of each class is the pixels of the cause.
 */
export function problemDataset<const N extends string, S extends OptionSpecs>({
  generate,
  defaults,
  ...declared
}: Declared<N, S>): Dataset<N, S> {
  return dataset({
    ...declared,
    modality: 'synthetic, 16-bit graymaps',
    source: 'drawn by Sightline',
    licence: 'MIT',
    access: 'drawn',
    expected: {},
    defaults: { ...defaults, task: 'stated-class' },
    layout: [
      'images/<number>.pgm (16 bit; 0 is the middle grey)',
      `${problemFile} (classes, splits, pixels of each role)`,
      'drawn.json (the options and the version of the generator)',
    ],
    async read(root, options, run) {
      const { name, version, identity } = declared;
      const said = identity === undefined ? options : await identity(options);
      const drawing = { dataset: name, version, options: said };
      await drawnOnce(root, drawing, problemFile, async () =>
        writeProblem(root, await generate(options, run), run),
      );
      return readProblem(root, name);
    },
  });
}
