import { usageError } from '../base/errors.js';
import { unknownName } from '../base/names.js';
import type { GivenOptions } from '../base/options.js';
import type { DatasetRequest } from '../benchmark/dataset.js';
import { selection } from '../benchmark/plan.js';

/** A problem, drawn as a data set, and the model that is trained on it. */
export interface Scenario {
  readonly name: string;
  readonly dataset: DatasetRequest['dataset'];
  readonly options: GivenOptions;
  /** What is learned of the problem; the class by default. */
  readonly task?: Pick<DatasetRequest, 'task' | 'taskOptions'>;
  readonly training: GivenOptions;
  /** Test accuracy, or of a regression R2, that a model has to reach; others' scores are shown and marked. */
  readonly accuracy: number;
  /** What the scenario asks. */
  readonly asks: string;
}

const logistic = { architecture: 'logistic', epochs: 40, batch: 64, rate: 0.01 };
const mlp = { architecture: 'mlp', width: 64, depth: 2, epochs: 40, batch: 64, rate: 0.002 };
const cnn = { architecture: 'cnn', width: 8, depth: 2, epochs: 30, batch: 64, rate: 0.003 };

/** The same for problems of 10,000 images, in larger steps. */
const manyImages = [
  { ...logistic, batch: 256, rate: 0.03 },
  { ...mlp, batch: 256, rate: 0.005 },
  { ...cnn, batch: 256, rate: 0.01 },
];

const tris = (
  problem: string,
  background: string,
  training: GivenOptions,
  accuracy: number,
  { size = 8, images = 4000 } = {},
): Scenario => ({
  name: `${problem}-${background}-${size}-${training.architecture}`,
  dataset: 'xai-tris',
  options: { problem, background, size, images },
  training,
  accuracy,
  asks: `XAI-TRIS, ${problem}, ${background} background, ${size} pixels`,
});

const suppressor: Scenario = {
  name: 'linear-suppressor',
  dataset: 'linear-suppressor',
  options: { images: 2000 },
  training: logistic,
  accuracy: 0.95,
  asks: 'which of two features a method blames, of which one only cancels noise',
};

const suppressorImage: Scenario = {
  name: 'suppressor-image',
  dataset: 'suppressor-image',
  options: { images: 2000, signal: 0.1 },
  training: logistic,
  accuracy: 0.75,
  asks: 'whether pixels of a distractor, which help to remove it, are blamed',
};

const residual = { architecture: 'resnet-small', epochs: 8, batch: 32, rate: 0.005, hide: 0 };

const chest = (name: string, asks: string, options: GivenOptions): Scenario => ({
  name,
  dataset: 'clinical',
  options: { images: 600, ...options },
  training: residual,
  accuracy: 0.8,
  asks,
});

const burden = { task: 'stated-value', taskOptions: { attribute: 'burden' } } as const;

/** Lesions in phantoms; `--radiographs` has the same in radiographs too. */
const clinical: readonly Scenario[] = [
  chest('lesion', 'where an inserted lesion lies', {}),
  chest('lesion-exposure', 'whether pixels that only tell the exposure are blamed', {
    suppressor: 'exposure',
  }),
  chest('lesion-scatter', 'whether pixels that only tell the gradient of scatter are blamed', {
    suppressor: 'scatter',
  }),
  chest('lesion-objects', 'a wedge suppresses, a marker confounds and a tube distracts', {
    suppressor: 'wedge',
    confounder: 'marker',
    distractor: 'tube',
  }),
  {
    ...chest('lesion-severity', 'where an inserted lesion lies, by how much it adds to the image', {}),
    task: burden,
    training: { ...residual, epochs: 12 },
    accuracy: 0.7,
  },
];

/** The scenarios of each suite. */
export const suites = {
  quick: [
    suppressor,
    suppressorImage,
    tris('linear', 'white', logistic, 0.8),
    tris('linear', 'correlated', mlp, 0.8),
    tris('multiplicative', 'white', mlp, 0.8),
    tris('translations-rotations', 'white', mlp, 0.75),
    tris('xor', 'white', mlp, 0.8),
    tris('xor', 'correlated', mlp, 0.8),
  ],
  'xai-tris': ['linear', 'multiplicative', 'translations-rotations', 'xor'].flatMap((problem) =>
    ['white', 'correlated', 'one-over-f'].flatMap((background) =>
      manyImages
        .filter(({ architecture }) => architecture !== 'logistic' || problem === 'linear')
        .map((training) => tris(problem, background, training, 0.8, { images: 10_000 })),
    ),
  ),
  clinical,
} as const satisfies Record<string, readonly Scenario[]>;

export type SuiteName = keyof typeof suites;

/**
 * The scenarios of a suite. Those of `clinical` are repeated on the radiographs of a `cxr-lungs` folder where
 * there is one. Throws a usage error where another suite is given radiographs.
 */
export function scenariosOf(suite: SuiteName, radiographs: string | undefined): readonly Scenario[] {
  if (radiographs === undefined) return suites[suite];
  if (suite !== 'clinical')
    throw usageError(
      `option 'radiographs' is for the suite clinical; the suite ${suite} draws its own images`,
    );
  // Lungs differ more from chest to chest than in phantoms: what can be learned there is learned here too.
  const onRadiographs = ({ name, options, training, ...scenario }: Scenario): Scenario => ({
    ...scenario,
    name: `${name}-radiographs`,
    options: { ...options, contrast: 0.6, radius: 0.12, radiographs },
    training: { ...training, epochs: 12 },
  });
  return [...clinical, ...clinical.map(onRadiographs)];
}

/** The scenarios of the given names, separated by commas; all where none are given. */
export function chosenScenarios(all: readonly Scenario[], names: string | undefined): readonly Scenario[] {
  if (names === undefined) return all;
  const known = all.map(({ name }) => name);
  const chosen = selection(names, known, (name) => unknownName(known, name, 'problem of the suite'));
  return all.filter(({ name }) => chosen.includes(name));
}
