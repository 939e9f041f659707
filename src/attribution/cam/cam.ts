import { unsupported } from '../../base/errors.js';
import { choice, flag, type OptionValues, searched, text } from '../../base/options.js';
import type { Paper } from '../../base/paper.js';
import type { Builder } from '../../graph/builder.js';
import { type Classifier, classCount, placesOf, spaceOf } from '../../model/classifier.js';
import { type CamLayer, layerOf } from '../../model/maps/layer.js';
import { asMap, mapNodes, mapSize } from '../../model/maps/layer-values.js';
import { notesOnOrder, type Placed, placedBy } from '../../model/maps/view.js';
import { sizeOf, type Tensor } from '../../tensor/tensor.js';
import type { MapAsked, MapGraph, WalkBack } from '../map-graph.js';
import { type Attribution, type Method, method, type Request } from '../method.js';
import { cheapest, gradient, runPass } from '../program/backward.js';
import { explained, oneHot } from '../program/explain.js';
import { upsample, upsampledNodes } from '../program/upsample.js';

export const camOptions = {
  layer: text({
    doc: 'the ONNX value to look at; by default the last spatial map, or of a region or position of an output map (segmentation) the last of the coarsest maps before it, as the bottleneck of a U-Net',
    default: '',
  }),
  relu: searched(flag({ doc: 'keep only what speaks for the target', default: true }), {
    among: [true, false],
  }),
  upsample: choice(['bilinear', 'nearest', 'none'], {
    doc: "to the input's resolution: over all of it, or over what a node cuts out, pads, mirrors or moves before the layer; none leaves the layer's own positions [N, 1, h, w], of a signal [N, 1, 1, L]",
    default: 'bilinear',
  }),
};

export type CamOptions = OptionValues<typeof camOptions>;

/** The activations of a layer for one sample, `[C, positions]`. */
export interface LayerSample {
  readonly activations: Float32Array;
  readonly channels: number;
  /** The number of positions. */
  readonly area: number;
}

/** The values of a layer's activations and of the target's gradient by them, both `[N, C, ...positions]`. */
export interface LayerValues {
  readonly activations: string;
  readonly gradients: string;
  /** The axes of the positions: two, or three in a volume. */
  readonly positions: readonly number[];
}

/** The axis of a layer's channels. */
export const channels = [1];

/** Adds the nodes of the map `[N, 1, ...positions]`. */
export type Weighing = (builder: Builder, layer: LayerValues) => string;

/** Declares a class activation mapping (CAM) method by its weighting of a layer's activations. */
export function camMethod<const N extends string>(declared: {
  readonly name: N;
  readonly doc: string;
  readonly paper: Paper;
  readonly weigh: Weighing;
  /** The note that the map of a layer is that of another method. */
  readonly equals?: (model: Classifier, layer: CamLayer) => readonly string[];
}): Method<N, typeof camOptions> {
  const { name, doc, paper, weigh, equals } = declared;
  return method({
    name,
    family: 'cam',
    doc,
    paper,
    options: camOptions,
    maps: 'spatial',
    async attribute(request) {
      const { model, options } = request;
      const { map } = await layerMaps(request, name, { map: weigh });
      const made = finish(map, request, { forward: 1, backward: 1 });
      const equal = equals?.(model, layerOf(model, options.layer)) ?? [];
      return { ...made, notes: [...equal, ...(made.notes ?? [])] };
    },
    graph: (asked) => camGraph(asked, weigh),
  });
}

/** The maps of a layer by several weightings, from one backward pass: `[N, 1, ...positions]` each. */
export async function layerMaps<const N extends string>(
  { model, input, targets, options, run }: Request<CamOptions>,
  key: string,
  weighings: Readonly<Record<N, Weighing>>,
): Promise<Readonly<Record<N, Tensor>>> {
  const names = Object.keys(weighings) as N[];
  const graph = layerGraph(model, options.layer);
  const found = await explained(graph.model, {
    key: `${key} ${options.layer}`,
    program: () => ({
      outputs(builder, walk) {
        const layer = graph.values(builder, walk);
        return Object.fromEntries(names.map((name) => [`sl.${name}`, weighings[name](builder, layer)]));
      },
    }),
    ...{ input, seed: oneHot(targets, classCount(model)), run },
  });
  return Object.fromEntries(names.map((name) => [name, found[`sl.${name}`]!])) as Record<N, Tensor>;
}

/** A layer's activations and gradients as a graph; `model` is in the form that its nodes read. */
function layerGraph(given: Classifier, layer: string) {
  const place = layerOf(given, layer);
  const pass = { method: 'gradient', ruleFor: gradient, wrt: [place.value] };
  return {
    model: cheapest(given, { ...pass, also: pass.wrt }),
    values(builder: Builder, walk: WalkBack): LayerValues {
      const at = (value: string) => mapNodes(builder, place, value, given.shapes);
      const gradients = at(walk(pass)[place.value]!);
      const positions = mapSize(place, given.shapes).map((_, i) => i + 2);
      return { activations: at(place.value), gradients, positions };
    },
  };
}

/** The map of a layer as a graph: what `weigh` makes, with the last step of all CAM methods. */
export function camGraph({ model, options }: MapAsked<CamOptions>, weigh: Weighing): MapGraph {
  const layer = layerGraph(model, options.layer);
  return {
    model: layer.model,
    nodes(builder, walk) {
      const map = weigh(builder, layer.values(builder, walk));
      const kept = options.relu ? builder.relu(map) : map;
      const size = mapSize(layerOf(model, options.layer), model.shapes);
      const { to, view } = overInput(model, options);
      return { map: upsampledNodes(builder, kept, options.upsample, size, to, view) };
    },
  };
}

/**
 * A layer's activations and the gradients of each row's target with respect to them, both `[N, C,
 * ...positions]`.
 */
export async function layerPass({ model, input, targets, run }: Request<unknown>, place: CamLayer) {
  const layer = place.value;
  const pass = { method: 'gradient', ruleFor: gradient, wrt: [layer], also: [layer] };
  const { values, quantities } = await runPass(model, pass, input, oneHot(targets, classCount(model)), run);
  return { activations: asMap(place, values[layer]!), gradients: asMap(place, quantities[layer]!) };
}

/** A layer's activations, in the model's own layout. */
export async function layerValues({ model, input, run }: Request<unknown>, layer: string): Promise<Tensor> {
  const program = () => ({ outputs: () => ({ [layer]: layer }) });
  const found = await explained(model, { key: `to ${layer}`, program, input, run });
  return found[layer]!;
}

/**
 * The lengths to which a layer's map is resized, and where the input lies in it. Throws where its positions
 * may not be the input's.
 */
export function overInput(
  model: Classifier,
  { layer, upsample }: Pick<CamOptions, 'layer' | 'upsample'>,
): Placed & { readonly to: readonly number[] } {
  const place = layerOf(model, layer);
  if (upsample === 'none')
    return { to: placesOf(model), notes: place.grid ? notesOnOrder(model, place) : [] };
  const [space, size] = [spaceOf(model), mapSize(place, model.shapes)];
  if (space.length === 1 && sizeOf(size) > size.at(-1)!)
    throw unsupported(
      `layer '${place.value}' has ${size.join(' x ')} positions and the input a row of ${space[0]}: its map does not lie over the input; option upsample=none gives it as it is`,
    );
  return { to: placesOf(model), ...placedBy(model, place) };
}

/** The last step of all CAM methods: applies ReLU, then resizes the maps to the input. */
export function finish(
  raw: Tensor,
  { model, options }: Request<CamOptions>,
  evaluations: Attribution['evaluations'],
): Attribution {
  const map = options.relu ? { data: raw.data.map((v) => Math.max(0, v)), shape: raw.shape } : raw;
  const layer = layerOf(model, options.layer).value;
  const { to, view, notes } = overInput(model, options);
  const { data, shape } = upsample(map, options.upsample, to, view);
  const isSignal = model.input.layout === 'other' && model.input.space === 1 && options.upsample !== 'none';
  return {
    map: { data, shape: isSignal ? [shape[0]!, 1, shape[3]!] : shape },
    evaluations,
    layer,
    notes,
  };
}

/** The sum over channels of weight times activation, with one weight per channel. */
export function weighted({ activations, channels, area }: LayerSample, weight: (channel: number) => number) {
  const map = new Float64Array(area);
  for (let c = 0; c < channels; c++) {
    const w = weight(c);
    for (let p = 0; p < area; p++) map[p]! += w * activations[c * area + p]!;
  }
  return map;
}
