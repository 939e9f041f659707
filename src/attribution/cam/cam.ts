import { unsupported } from '../../base/errors.js';
import { choice, flag, type OptionValues, searched, text } from '../../base/options.js';
import type { Paper } from '../../base/paper.js';
import type { Builder } from '../../graph/builder.js';
import { type Classifier, classCount, placesOf, spaceOf } from '../../model/classifier.js';
import { foldedIn } from '../../model/maps/folded.js';
import { type CamLayer, layerOf } from '../../model/maps/layer.js';
import { channelsOf, mapNodes, mapSize } from '../../model/maps/layer-values.js';
import { notesOnOrder, type Placed, placedBy } from '../../model/maps/view.js';
import { sizeOf, type Tensor } from '../../tensor/tensor.js';
import type { MapAsked, MapGraph, WalkBack } from '../map-graph.js';
import { type Attribution, type Method, method, type Request } from '../method.js';
import { cheapest, gradient } from '../program/backward.js';
import { explained, oneHot } from '../program/explain.js';
import { upsample, upsampledNodes } from '../program/upsample.js';
import { byImage, bySample, mapLengths } from './by-image.js';

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

/**
 * The maps of a layer by several weightings, from one backward pass: `[N, 1, ...positions]` each, of the
 * images of samples that hold several.
 */
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
        const map = (name: N) =>
          bySample(builder, model, weighings[name](builder, layer), [1, ...graph.size]);
        return Object.fromEntries(names.map((name) => [`sl.${name}`, map(name)]));
      },
    }),
    ...{ input, seed: oneHot(targets, classCount(model)), run },
  });
  const mapOf = (name: N) => byImage(model, found[`sl.${name}`]!);
  return Object.fromEntries(names.map((name) => [name, mapOf(name)])) as Record<N, Tensor>;
}

/** A layer's activations and gradients as a graph; `model` is in the form that its nodes read. */
function layerGraph(given: Classifier, layer: string) {
  const place = layerOf(given, layer);
  const pass = { method: 'gradient', ruleFor: gradient, wrt: [place.value] };
  const size = mapSize(place, given.shapes);
  return {
    place,
    size,
    model: cheapest(given, { ...pass, also: pass.wrt }),
    values(builder: Builder, walk: WalkBack): LayerValues {
      const at = (value: string) => mapNodes(builder, place, value, given.shapes);
      const gradients = at(walk(pass)[place.value]!);
      const positions = size.map((_, i) => i + 2);
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
      const { to, view } = overInput(model, options);
      const made = upsampledNodes(builder, kept, options.upsample, layer.size, to, view);
      const size = options.upsample === 'none' ? layer.size : to;
      return { map: foldedIn(model) ? builder.reshape(made, mapLengths(model, -1, size)) : made };
    },
  };
}

/**
 * A layer's activations and the gradients of each row's target with respect to them, both `[N, C,
 * ...positions]`, of the images of samples that hold several.
 */
export async function layerPass({ model, input, targets, options, run }: Request<CamOptions>) {
  const graph = layerGraph(model, options.layer);
  const dims = [channelsOf(graph.place, model.shapes), ...graph.size];
  const found = await explained(graph.model, {
    key: `activations and gradients ${options.layer}`,
    program: () => ({
      outputs(builder, walk) {
        const { activations, gradients } = graph.values(builder, walk);
        const named = { 'sl.activations': activations, 'sl.gradients': gradients };
        const apart = (value: string) => bySample(builder, model, value, dims);
        return Object.fromEntries(Object.entries(named).map(([name, value]) => [name, apart(value)]));
      },
    }),
    ...{ input, seed: oneHot(targets, classCount(model)), run },
  });
  const at = (name: string) => byImage(model, found[name]!);
  return { activations: at('sl.activations'), gradients: at('sl.gradients') };
}

/** A layer's activations, in the model's own layout, of the images of samples that hold several. */
export async function layerValues({ model, input, run }: Request<unknown>, layer: string): Promise<Tensor> {
  const own = model.shapes.get(layer)!.dims.slice(1);
  const program = () => ({
    outputs: (builder: Builder) => ({ 'sl.layer': bySample(builder, model, layer, own) }),
  });
  const found = await explained(model, { key: `to ${layer}`, program, input, run });
  return byImage(model, found['sl.layer']!);
}

/**
 * The lengths to which a layer's map is resized, and where the input lies in it. Throws where its positions
 * may not be the input's.
 */
export function overInput(
  whole: Classifier,
  { layer, upsample }: Pick<CamOptions, 'layer' | 'upsample'>,
): Placed & { readonly to: readonly number[] } {
  const place = layerOf(whole, layer);
  const model = foldedIn(whole)?.image ?? whole;
  if (upsample === 'none')
    return { to: placesOf(model), notes: place.grid ? notesOnOrder(model, place) : [] };
  const [space, size] = [spaceOf(model), mapSize(place, model.shapes)];
  if (space.length === 1 && sizeOf(size) > size.at(-1)!)
    throw unsupported(
      `layer '${place.value}' has ${size.join(' x ')} positions and the input a row of ${space[0]}: its map does not lie over the input; option upsample=none gives it as it is`,
    );
  return { to: placesOf(model), ...placedBy(model, place) };
}

/**
 * The last step of all CAM methods: applies ReLU, then resizes the maps to the input. Those of the images of
 * samples that hold several are put at the images' places in the input, of one channel.
 */
export function finish(
  raw: Tensor,
  { model, targets, options }: Request<CamOptions>,
  evaluations: Attribution['evaluations'],
): Attribution {
  const map = options.relu ? { data: raw.data.map((v) => Math.max(0, v)), shape: raw.shape } : raw;
  const layer = layerOf(model, options.layer).value;
  const { to, view, notes } = overInput(model, options);
  const { data, shape } = upsample(map, options.upsample, to, view);
  const count = targets.length;
  if (foldedIn(model))
    return {
      map: { data, shape: mapLengths(model, count, shape.slice(2)) },
      evaluations,
      layer,
      notes,
    };
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
