import { usageError } from '../../base/errors.js';
import { inTurn } from '../../base/in-turn.js';
import { choice, number, type OptionValues, searched } from '../../base/options.js';
import { type Classifier, placesOf } from '../../model/classifier.js';
import { hasProbabilities, probabilities } from '../../model/probability.js';
import { type Floats, rows, sizeOf, zeros } from '../../tensor/tensor.js';
import { baselineFor, inpainted, localBaselineOption, localBaselines } from '../input/baseline.js';
import { budgetOption } from '../input/budget-option.js';
import type { Attribution, Request } from '../method.js';
import { type Game, spread, startGame } from './game.js';
import type { GameRules } from './rules.js';
import type { Estimate } from './sampled.js';
import { type Segmentation, segmentationOf, segmentsOption } from './segments.js';

/** The options of every method that plays a game: players, absence and value. */
export const gameOptions = {
  segments: searched(segmentsOption, {
    among: ['4,4', '6,6', '8,8', '12,12', 'slic,25', 'slic,50', 'slic,100'],
  }),
  baseline: searched(localBaselineOption('what stands for a part that is taken away'), localBaselines),
  quantity: searched(
    choice(['logit', 'probability'], {
      doc: 'what is asked of the target: its raw output, or the probability that the head of the model makes of it',
      default: 'logit',
    }),
    { among: ['logit', 'probability'] },
  ),
};

/** The options of methods that draw: the number of evaluations and when to stop. */
export const limitOptions = {
  budget: budgetOption('number of samples'),
  error: number({
    doc: 'stops once no segment has a greater standard error; 0 draws all samples',
    default: 0,
    min: 0,
  }),
};

/** What a method finds in the game of one sample. */
export interface Solution extends Estimate {
  /** Whether what the players are worth should sum up to the value of the whole minus that of nothing. */
  readonly efficient?: boolean;
  readonly notes?: readonly string[];
}

type GameRequest = Request<OptionValues<typeof gameOptions>>;

/** Solves the game of each sample and shows what each player is worth at all its positions. */
export async function explainGames(
  request: GameRequest,
  label: string,
  solve: (game: Game, rules: GameRules) => Promise<Solution>,
): Promise<Attribution> {
  const { model, input, targets, options, run, seed } = request;
  const { baseline: absence } = options;
  const baselines = absence === 'inpaint' ? undefined : baselineFor(absence, input, model, { seed });
  const map = zeros(input.shape);
  const games = await inTurn(run, label, targets, async (target, sample, own) => {
    const image = rows(input, sample, sample + 1);
    const segmentation = segmentationOf(options.segments, model, image);
    const baseline = baselines
      ? rows(baselines, sample, sample + 1)
      : inpainted(image, model, () => perPixel(segmentation, model));
    const value = readerOf(model, target, options.quantity);
    const rules = { model, image, baseline, segmentation, value, label, run: own };
    const game = await startGame(rules);
    const solution = await solve(game, rules);
    spread(solution.worth, segmentation, rows(map, sample, sample + 1).data);
    return { game, solution };
  });
  const solutions = games.map(({ solution }) => solution);
  const convergence = solutions.flatMap((one) => one.convergence ?? []);
  const scarce = games.some(({ game, solution }) => solution.evaluations < game.players - 1);
  const told = solutions.flatMap(({ notes = [] }) => notes);
  return {
    map,
    ...(options.quantity === 'probability' && { quantity: 'probability' as const }),
    compared: {
      input: games.map(({ game }) => game.full),
      baseline: games.map(({ game }) => game.empty),
      ...(hasProbabilities(model) && {
        baselineProbability: games.map(({ game }, i) => probabilityOf(model, game.nothing, targets[i]!)),
      }),
    },
    ...(solutions.some(({ efficient }) => efficient) && { residual: games.map(gap) }),
    ...(convergence.length === games.length && { convergence }),
    notes: [...new Set(scarce ? [...told, fewer] : told)],
    evaluations: { forward: 2 + Math.max(...solutions.map(({ evaluations }) => evaluations)), backward: 0 },
  };
}

const fewer = 'made of fewer evaluations than it has segments, which they do not tell apart; draw more';

/** The part of each pixel. Throws where the parts of a pixel's channels may differ. */
function perPixel({ parts }: Segmentation, model: Classifier): Int32Array {
  if (parts.data.length === sizeOf(placesOf(model))) return parts.data;
  throw usageError("baseline 'inpaint' takes segments with one label for each pixel");
}

/** The efficiency gap: the value of the whole minus that of nothing and what the players are worth. */
const gap = ({ game, solution }: { readonly game: Game; readonly solution: Solution }) =>
  game.full - game.empty - solution.worth.reduce((sum, worth) => sum + worth, 0);

function readerOf(model: Classifier, target: number, quantity: 'logit' | 'probability') {
  return (outputs: Floats): number => {
    if (quantity === 'logit') return outputs[target]!;
    return probabilityOf(model, outputs, target);
  };
}

const probabilityOf = (model: Classifier, data: Floats, target: number): number =>
  probabilities(model, { data, shape: [1, data.length] }).data[target]!;
