import { SightlineError, unsupported } from '../base/errors.js';
import { type GivenOptions, type OptionsFor, readOptions } from '../base/options.js';
import { quietly, type RunContext } from '../base/run.js';
import { NoRule } from '../graph/refusal.js';
import { withinMemory } from '../model/batch-size.js';
import type { Classifier, Precision } from '../model/classifier.js';
import { type Border, borderOf } from '../model/input/border.js';
import { predict } from '../model/predict.js';
import { type AskContext, ask } from '../model/questions/ask.js';
import { spelled, type Target, targetOf } from '../model/target.js';
import { isTensor } from '../tensor/option.js';
import { type Tensor, toFloat32 } from '../tensor/tensor.js';
import { checkImages, heldImages } from './check-images.js';
import { type MethodName, methodOf, type methods } from './index.js';
import { checkInput, checkTargets } from './input/check-input.js';
import { onOtherNumbers } from './input/whole-numbers.js';
import type { Attribution, Method, Part, Quantity } from './method.js';
import { type Flaws, flawsOf, notesOn, samples, wholeOf } from './notes.js';

/** Attribution maps with the settings that reproduce them. */
export interface Explained extends Attribution {
  /**
   * Warnings about the maps: zero or non-finite maps, large completeness residuals, approximated
   * derivatives.
   */
  readonly notes: readonly string[];
  /** Which samples' maps are zero, not finite or far from complete, or have an unfit baseline. */
  readonly flaws: Flaws;
  /** Those of the notes that hold for every sample. */
  readonly generalNotes: readonly string[];
  /** Those of the notes that hold for every sample and all options of the method. */
  readonly networkNotes: readonly string[];
  /** All settings that reproduce the maps, and the explained quantity. */
  readonly made: {
    readonly method: string;
    readonly options: GivenOptions;
    readonly quantity: Quantity;
    readonly targets: readonly number[];
    /** The target in the words of `--target`, where one was given. */
    readonly target?: string;
    readonly seed: number;
    readonly precision: Precision;
  };
}

/** The seed of everything random, progress, and the annotated masks that a target may read. */
export interface AttributeSettings extends AskContext {
  readonly seed?: number;
  /** Where the rows stand in a greater batch, for notes that name samples. */
  readonly part?: Part;
}

/**
 * Explains the raw output `targets[i]` of each row of `input` `[N, ...]`, or any other number: a target, such
 * as `region:1@predicted`. `method` is a registered name or your own `Method`. Throws a usage error for an
 * unknown method or option, a wrong shape or a target that the model does not have, and an input error for
 * NaN or infinity in the input.
 */
export async function attribute<M extends MethodName | Method>(
  whole: Classifier,
  method: M,
  input: Tensor,
  wanted: readonly number[] | string | Target,
  given?: OptionsFor<typeof methods, M>,
  { seed = 0, run = quietly, annotated, part: ofWhole }: AttributeSettings = {},
): Promise<Explained> {
  const chosen = methodOf(method);
  const { name } = chosen;
  const options = readOptions(chosen.options, given ?? {}, `method ${name}`);
  checkInput(whole, input);
  const part = ofWhole ?? wholeOf(input.shape[0]!);
  const target = isList(wanted) ? undefined : targetOf(wanted);
  const { model, targets } = isList(wanted)
    ? { model: whole, targets: wanted }
    : await ask(whole, targetOf(wanted), input, { annotated, run });
  checkTargets(model, input, targets);
  checkImages(model, chosen);
  const border = borderOf(model);
  const request = {
    ...{ model: border.model, input: border.inner(input), targets, seed, run, part },
    options: innerOptions(border, options),
  };
  const found = await withinMemory(model, () => chosen.attribute(request))
    .catch(becauseAlone(whole, chosen))
    .catch(becauseFolded(model))
    .catch(named(name));
  const quantity = found.quantity ?? quantityOf(target);
  const result = { ...found, quantity };
  const { precision } = model;
  const flaws = flawsOf(result, border.model);
  const { general, network, single } = notesOn({ ...result, flaws }, border.model, part);
  const unknown = await notFinite(model, input, targets, { ...result, flaws }, { part, run });
  return {
    ...result,
    notes: [...unknown, ...onOtherNumbers(whole, input), ...general, ...single],
    flaws,
    generalNotes: general,
    networkNotes: network,
    map: chosen.maps === 'input' ? border.outer(result.map) : result.map,
    made: {
      method: name,
      options,
      quantity,
      targets,
      ...(target && { target: spelled(target) }),
      seed,
      precision,
    },
  };
}

/** The refusal of a method that walks a network which can only be run, with the reason why. */
const becauseAlone =
  ({ alone }: Classifier, { name, family }: Pick<Method, 'name' | 'family'>) =>
  (error: unknown): never => {
    const walks = (family !== 'perturbation' && family !== 'surrogate') || error instanceof NoRule;
    if (alone === undefined || !walks || !(error instanceof SightlineError) || error.kind !== 'unsupported')
      throw error;
    throw unsupported(
      `${name} cannot follow the network, which is run on one sample after another: ${alone}; take a method that only runs it, such as kernel-shap or lime, or occlusion or rise where its positions are known`,
    );
  };

/** The refusal of a rule, without methods that refuse a model of several images in a sample. */
const becauseFolded =
  ({ input }: Classifier) =>
  (error: unknown): never => {
    if (input.images === undefined || !(error instanceof NoRule)) throw error;
    throw unsupported(
      `${error.reason}; methods that only run the network take the network of one image, exported by itself: a sample ${heldImages(input)}`,
    );
  };

/** The refusal of a network with the method's name, where it has none. */
export const named =
  (name: string) =>
  (error: unknown): never => {
    const nameless =
      error instanceof SightlineError && error.kind === 'unsupported' && !speaksOf(name, error.message);
    throw nameless ? unsupported(`${name}: ${error.message}`) : error;
  };

/** Whether a refusal begins with the method's name, or calls it a method. */
const speaksOf = (name: string, message: string): boolean =>
  [`${name} `, `${name}:`].some((start) => message.startsWith(start)) ||
  [`method ${name} `, `method '${name}'`].some((words) => message.includes(words));

/** Says for which samples the output that is explained is no number, where their maps look so. */
async function notFinite(
  model: Classifier,
  input: Tensor,
  targets: readonly number[],
  { compared, evaluations, flaws: { empty, infinite } }: Attribution & { readonly flaws: Flaws },
  { part, run }: { readonly part: Part; readonly run: RunContext },
): Promise<string[]> {
  // Where a method runs the model often, one more run costs little; where once, its map shows it.
  const unseen = !compared && evaluations.forward >= 10;
  const outside = [...targets.keys()].filter((row) => unseen || !Number.isFinite(compared?.input[row] ?? 0));
  const suspects = [...new Set([...empty, ...infinite, ...outside])].sort((a, b) => a - b);
  if (suspects.length === 0) return [];
  const { data, shape } = await predict(model, input, run);
  const outputOf = (row: number) => data[row * shape[1]! + targets[row]!]!;
  const lost = suspects.filter((row) => !Number.isFinite(outputOf(row)));
  if (lost.length === 0) return [];
  const values = [...new Set(lost.map((row) => String(outputOf(row))))].join(', ');
  return [`the model's own output is ${values} (${samples(lost, part)}): there is nothing to explain`];
}

/** The options with their arrays channels first. */
export const innerOptions = (border: Border, options: GivenOptions): GivenOptions =>
  Object.fromEntries(
    Object.entries(options).map(([key, value]) => [
      key,
      isTensor(value) ? border.inner(toFloat32(value)) : value,
    ]),
  );

const isList = (wanted: readonly number[] | string | Target): wanted is readonly number[] =>
  Array.isArray(wanted);

const quantityOf = (target: Target | undefined): Quantity =>
  target === undefined || target.kind === 'class' || target.kind === 'output' ? 'raw output' : target.kind;
