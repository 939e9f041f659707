import { SightlineError, unsupported, usageError } from '../base/errors.js';
import type { GivenOptions } from '../base/options.js';
import type { Graph } from '../graph/graph.js';
import type { Classifier } from '../model/classifier.js';
import type { Head } from '../model/head.js';
import { borderOf } from '../model/input/border.js';
import { classifierOf, type LoadOptions } from '../model/load.js';
import { layerOf } from '../model/maps/layer.js';
import { type InputArrays, type InputPart, joinInputs } from '../model/several-inputs.js';
import type { Target } from '../model/target.js';
import { rows, sizeOf, type Tensor, zeros } from '../tensor/tensor.js';
import { type AttributeSettings, attribute, named } from './attribute.js';
import { type Gathered, type Group, gathered } from './gathered.js';
import { methodOf } from './index.js';
import type { Method } from './method.js';

export interface SeveralInputs extends LoadOptions {
  /** What errors call the model: its file. */
  readonly name: string;
  /** The inputs that keep their values and get no map. */
  readonly hold?: readonly string[];
}

/** A map for each attributed input; of a method whose map is of positions, one map. */
export interface ExplainedInputs {
  readonly maps: Readonly<Record<string, Tensor>>;
  /** What is known of the maps; a residual is over all inputs. */
  readonly explained: Gathered;
  /** What the explained output is. */
  readonly head: Head;
}

/**
 * Explains a model of several inputs, each attributed or held. Where one is attributed, every method works as
 * for a model of that input. Several are explained together, as one input whose values stand one after the
 * other, so that a method's completeness holds over all; what hides parts hides cells of images and single
 * values. Options that are arrays have the shape `[F]` of all values. Throws a usage error where an input is
 * missing, unknown or of another shape, and an unsupported error for a method that needs one image.
 */
export async function attributeInputs(
  graph: Graph,
  given: InputArrays,
  { name, hold = [], ...load }: SeveralInputs,
  chosen: string | Method,
  wanted: readonly number[] | string | Target,
  options: GivenOptions = {},
  settings: AttributeSettings = {},
): Promise<ExplainedInputs> {
  const method = methodOf(chosen);
  const groups = joinInputs(graph, name, given, hold);
  const { parts } = groups[0]!;
  const own = parts.length > 1 ? { ...optionsFor(method, parts), ...options } : options;
  const count = groups.reduce((sum, { samples }) => sum + samples.length, 0);
  const found: Record<string, Tensor> = {};
  const explained: (Group & { readonly head: Head })[] = [];
  for (const { graph: one, input, samples } of groups) {
    const target = Array.isArray(wanted)
      ? samples.map((sample) => (wanted.length === 1 ? wanted[0] : wanted[sample]))
      : wanted;
    const model = await classifierOf(one, name, { ...load, inputShape: input.shape.slice(1) });
    const part = { places: samples, count };
    if (parts.length > 1) await checkSize(method, model, own, parts).catch(named(method.name));
    const asked = { ...settings, part };
    const made = await attribute(model, method, input, target as typeof wanted, own, asked).catch(
      inRow(parts, sizeOf(input.shape.slice(1))),
    );
    explained.push({ made, samples, head: model.head });
    for (const [i, sample] of samples.entries()) {
      const row = rows(made.map, i, i + 1);
      for (const [key, map] of Object.entries(mapsOf(method, parts, row))) {
        found[key] ??= zeros([count, ...map.shape.slice(1)]);
        found[key].data.set(map.data, sample * map.data.length);
      }
    }
  }
  return { maps: found, explained: gathered(explained), head: explained[0]!.head };
}

/** The map of one sample, by input. */
function mapsOf({ maps }: Method, parts: readonly InputPart[], map: Tensor): Record<string, Tensor> {
  if (parts.length === 1) return { [parts[0]!.name]: map };
  if (maps === 'spatial') return { map };
  return Object.fromEntries(
    parts.map(({ name, shape, from }) => [
      name,
      { data: map.data.slice(from, from + sizeOf(shape)), shape: [1, ...shape] },
    ]),
  );
}

/** Throws where a network has no layer for a CAM, or its map would be brought to the size of an input. */
async function checkSize(
  { name, family }: Method,
  model: Classifier,
  { layer = '', upsample }: GivenOptions,
  parts: readonly InputPart[],
) {
  if (family !== 'cam' || upsample === 'none') return;
  const pictures = parts.filter(({ shape }) => shape.length > 1);
  try {
    layerOf(borderOf(model).model, String(layer));
  } catch (error) {
    // Branches of several pictures end in maps of their own; held, the others have none.
    const asksForLayer = error instanceof SightlineError && error.named.includes('layer');
    if (pictures.length < 2 || layer !== '' || !asksForLayer) throw error;
  }
  const others = parts.filter(({ name }) => name !== pictures[0]?.name).map((part) => `'${part.name}'`);
  throw usageError(
    `${name}: a map is brought to the size of one image, and several inputs are explained; hold the others, such as ${others.join(' and ')} (--hold NAME), or give upsample=none`,
  );
}

/** A refusal that speaks of the row of all values says which inputs stand in it. */
const inRow =
  (parts: readonly InputPart[], size: number) =>
  (error: unknown): never => {
    const speaks = error instanceof SightlineError && error.message.includes(`,${size}]`);
    if (parts.length === 1 || !speaks) throw error;
    const inputs = parts.map(({ name, shape }) => `'${name}' [${shape}]`).join(', ');
    throw new SightlineError(
      error.kind,
      `${error.message}; its ${size} values are those of its inputs in a row (${inputs}): hold all but one to explain that one`,
      { cause: error },
      error.named,
    );
  };

/** What a method needs to know of several inputs in one. */
function optionsFor(method: Method, parts: readonly InputPart[]): GivenOptions {
  const { name, family, options } = method;
  if ('segments' in options) return { segments: partsOf(parts) };
  if (family === 'perturbation' || family === 'surrogate')
    throw unsupported(
      `${name} hides places of one image, and several inputs are explained; hold the others, or use a method with option segments, such as feature-ablation`,
    );
  return {};
}

/** Rows and columns of the cells into which an image among several inputs is divided. */
const cells = 8;

/** A label for each value: the cell of an image, and each value of any other input by itself. */
function partsOf(parts: readonly InputPart[]): Tensor {
  const labels: number[] = [];
  let next = 0;
  for (const { shape } of parts) {
    const size = sizeOf(shape);
    const [height, width] = shape.slice(-2);
    const isImage = shape.length > 2;
    const labelOf = (i: number) => {
      if (!isImage) return i;
      const [y, x] = [Math.floor(i / width!) % height!, i % width!];
      return Math.floor((y * cells) / height!) * cells + Math.floor((x * cells) / width!);
    };
    for (let i = 0; i < size; i++) labels.push(next + labelOf(i));
    next += isImage ? cells * cells : size;
  }
  const used = [...new Set(labels)].sort((a, b) => a - b);
  const places = new Map(used.map((label, i) => [label, i]));
  return { data: Float32Array.from(labels, (label) => places.get(label)!), shape: [labels.length] };
}
