import { usageError } from '../../base/errors.js';
import {
  choice,
  either,
  flag,
  number,
  type Option,
  type OptionValues,
  optional,
  searched,
} from '../../base/options.js';
import { cite } from '../../base/paper.js';
import { float32 } from '../../graph/elements.js';
import { type CompositeName, composites } from '../../graph/rules/relevance/composites.js';
import type { Bound } from '../../graph/rules/relevance/layer-rule.js';
import { stabiliser } from '../../graph/rules/relevance/stabilise.js';
import { type Classifier, ownShape } from '../../model/classifier.js';
import { array } from '../../tensor/option.js';
import type { Tensor } from '../../tensor/tensor.js';
import { asSlopes } from '../input/equal.js';
import { method } from '../method.js';
import { haveSameProgram, relevance, relevanceGraph, type Walked } from './relevance.js';

const boundOption = (doc: string): Option<number | Tensor | undefined, number | Tensor> => {
  const accepts = 'an array (.npy) of one value by channel or of one sample';
  return optional(either(number({ doc, default: 0 }), array({ doc, accepts })));
};

export const lrpOptions = {
  composite: searched(
    choice(Object.keys(composites) as CompositeName[], {
      doc: 'which rule is used where',
      default: 'epsilon-plus',
    }),
    { among: Object.keys(composites) },
  ),
  epsilon: number({
    doc: 'stabiliser of the epsilon rule; sums and averages take it too where it is below 0.000001',
    default: stabiliser,
    min: 1e-30,
  }),
  gamma: searched(
    number({ doc: 'how much the gamma rule favours contributions of one sign', default: 0.25, min: 0 }),
    { from: 0.05, to: 2, draws: 'log' },
  ),
  low: boundOption('least value of the input, for the box rule; black by default'),
  high: boundOption('greatest value of the input, for the box rule; white by default'),
  zeroBias: flag({ doc: 'relevance that biases would keep goes to the inputs', default: false }),
  variant: choice(['sightline', 'zennit'], {
    doc: 'zennit: BatchNormalization is merged into the layer right before it or passes relevance on unchanged',
    default: 'sightline',
  }),
};

export type LrpOptions = OptionValues<typeof lrpOptions>;

/** The relevance pass for the options of `lrp`. */
export function walkOf(options: LrpOptions, model: Classifier): Walked {
  const { composite, epsilon, gamma, variant } = options;
  const low = boundOf(options.low, 0, model);
  const high = boundOf(options.high, 1, model);
  const zennit = variant === 'zennit';
  return {
    form: zennit ? 'merged-before' : 'merged',
    start: 'output',
    choice: {
      layers: composites[composite]({ epsilon, gamma, low, high }),
      zeroBias: options.zeroBias,
      batchNormalisation: zennit ? 'pass' : composite === 'epsilon' ? 'epsilon' : 'absolute',
      shift: zennit ? 'pass' : 'share',
      stabiliser: zennit ? stabiliser : Math.min(epsilon, stabiliser),
    },
  };
}

/**
 * The given bound, or an image value normalised like the model's input: `(value - mean) / std` by channel.
 */
export function boundOf(given: number | Tensor | undefined, value: number, model: Classifier): Bound {
  if (typeof given === 'number') return float32([given], []);
  const { shape, normalisation } = model.input;
  if (given === undefined) {
    const byChannel = normalisation.mean.map((mean, c) => (value - mean) / normalisation.std[c]!);
    const same = byChannel.every((v) => v === byChannel[0]);
    return same ? float32([byChannel[0]!], []) : float32(byChannel);
  }
  const sample =
    given.shape[0] === 1 && given.shape.length > shape.length ? given.shape.slice(1) : given.shape;
  if (sample.join() !== shape.join() && sample.join() !== `${shape[0]}`) {
    throw usageError(
      `a bound has the shape [${shape[0]}] or [${ownShape(model.input)}]; this one has [${given.shape}]`,
    );
  }
  return float32(given.data, sample.length === 1 ? sample : [1, ...sample]);
}

export const lrp = method({
  name: 'lrp',
  family: 'relevance',
  doc: "Layer-wise relevance propagation: the target's output shared out backwards by contributions, rules by layer.",
  paper: cite`Bach, Binder, Montavon, Klauschen, Müller, Samek (2015). On pixel-wise explanations for non-linear classifier decisions by layer-wise relevance propagation. 10.1371/journal.pone.0130140`,
  options: lrpOptions,
  maps: 'input',
  async attribute(request) {
    const { model, options } = request;
    const made = await relevance(request, walkOf(options, model));
    const { composite, epsilon, zeroBias, variant } = options;
    if (composite !== 'epsilon') return { ...made, notes: sameAsEpsilon(model, options) };
    const isPlain = epsilon <= stabiliser && !zeroBias && variant === 'sightline';
    return { ...made, notes: isPlain ? asSlopes(model) : [] };
  },
  graph: ({ model, options }) => relevanceGraph(model, walkOf(options, model)),
});

const known = new WeakMap<Classifier, Map<string, readonly string[]>>();

/** The note of a composite that comes down to the epsilon rule everywhere in a model. */
function sameAsEpsilon(model: Classifier, options: LrpOptions): readonly string[] {
  const { composite, epsilon, gamma, low, high, zeroBias, variant } = options;
  if (composite === 'epsilon') return [];
  const own = known.get(model) ?? new Map<string, readonly string[]>();
  known.set(model, own);
  const bounds = [low, high].map((bound) => (typeof bound === 'object' ? bound.data.join() : bound));
  const key = [composite, epsilon, gamma, ...bounds, zeroBias, variant].join(' ');
  const found = own.get(key);
  if (found) return found;
  const plain = walkOf({ ...options, composite: 'epsilon' }, model);
  const notes = haveSameProgram(model, walkOf(options, model), plain)
    ? [`in this model composite '${composite}' uses the epsilon rule alone: the map is that of 'epsilon'`]
    : [];
  own.set(key, notes);
  return notes;
}
