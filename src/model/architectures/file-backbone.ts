import { inputError } from '../../base/errors.js';
import { intOf } from '../../graph/attributes.js';
import { scalar } from '../../graph/elements.js';
import type { Graph, Node } from '../../graph/graph.js';
import { withoutUnused } from '../../graph/tidy.js';
import type { Normalisation } from '../classifier.js';
import { loadClassifier } from '../load.js';
import { type CamLayer, layerOf } from '../maps/layer.js';
import { channelsOf, mapNodes, mapSize } from '../maps/layer-values.js';
import type { Feature, Net, Reading } from './architecture.js';
import { concat } from './layers.js';

export const isFile = (backbone: string): boolean => backbone.endsWith('.onnx');

/** A network of a file up to the features that its last layer reads, or up to its last maps. */
export interface FileBackbone {
  /** How it takes its images, where that was stated or the file says so. */
  readonly normalisation: Normalisation | undefined;
  /**
   * Adds its nodes, on the image `[C, H, W]`; returns the features `[F]`, or the maps `[C, h, w]`: its last
   * ones, or of a segmentation network those that its last layer reads.
   */
  add(net: Net, image: Feature): Feature;
}

/**
 * Reads a backbone for images of a shape; grey ones show a network of colours the same three times. Throws
 * where it has no last linear layer and no features `[N, F]`, or no maps, or takes other images, or says
 * another normalisation than the one stated. Patch tokens are maps on their grid.
 */
export async function readBackbone(
  path: string,
  { image: [channels, height, width], normalisation, engine }: Reading,
  wanted: 'features' | 'maps',
): Promise<FileBackbone> {
  const stated = normalisation === 'auto' ? {} : { normalisation };
  // A target that reads outputs of any shape, such as those of a segmentation network.
  const told = { engine, precision: 'float32', target: 'region:0@predicted', ...stated } as const;
  const load = (depth: number) => loadClassifier(path, { ...told, imageShape: [depth, height, width] });
  const model = await (channels === 1 ? load(3).catch(() => load(1)) : load(channels));
  const { layout, shape } = model.input;
  if (layout === 'other')
    throw inputError(`${path}: takes inputs of shape [${shape}]; a backbone takes images`);
  const place: CamLayer =
    wanted === 'maps' ? layerOf(model, '') : { value: featuresOf(model.graph, model.output) };
  const graph = withoutUnused({ ...model.graph, outputs: [{ name: place.value, type: 'float32' }] });
  const depth = layout === 'NHWC' ? shape.at(-1)! : shape[0]!;
  const own = model.input.normalisedBy && model.input.normalisation;
  return {
    normalisation: own && ofChannels(own, channels),
    add(net, image) {
      const seen = depth === channels ? image : coloured(net, image, depth, own);
      const turned = layout === 'NHWC' ? net.builder.transpose(seen.value, [0, 2, 3, 1]) : seen.value;
      const names = new Map([[model.input.name, turned]]);
      for (const [name, value] of graph.initializers)
        names.set(name, net.builder.constant(value, `backbone.${name}`));
      for (const node of graph.nodes) addNode(net, node, names);
      const value = names.get(place.value)!;
      const features = model.shapes.get(place.value)!.dims.slice(1);
      if (wanted === 'features') return { value, shape: features };
      const maps = mapNodes(net.builder, place, value, model.shapes);
      return { value: maps, shape: [channelsOf(place, model.shapes), ...mapSize(place, model.shapes)] };
    },
  };
}

/** The normalisation of so many channels, of which the first is the file's first. */
const ofChannels = ({ mean, std }: Normalisation, channels: number): Normalisation => ({
  mean: mean.slice(0, channels),
  std: std.slice(0, channels),
});

/**
 * A grey image as one of colours. It was normalised as the first of them; each other one has it normalised
 * as its own.
 */
function coloured(net: Net, grey: Feature, depth: number, own: Normalisation | undefined): Feature {
  const { builder } = net;
  const { mean, std } = own ?? { mean: [0], std: [1] };
  const channel = (c: number): Feature => {
    const [m, s] = [mean[c] ?? mean[0]!, std[c] ?? std[0]!];
    if (m === mean[0] && s === std[0]) return grey;
    const [scale, shift] = [std[0]! / s, (mean[0]! - m) / s].map((value) => builder.constant(scalar(value)));
    return { ...grey, value: builder.add(builder.mul(grey.value, scale!), shift!) };
  };
  return concat(
    net,
    'colour',
    Array.from({ length: depth }, (_, c) => channel(c)),
  );
}

/** Adds a node of the file under its own name, and the names of its outputs to `names`. */
function addNode({ builder }: Net, node: Node, names: Map<string, string>): void {
  const inputs = node.inputs.map((name) => names.get(name) ?? name);
  const { op, domain, attributes, outputs } = node;
  if (domain === '' && outputs.length === 1) {
    names.set(outputs[0]!, builder.emit(op, inputs, attributes, `backbone.${outputs[0]}`));
    return;
  }
  for (const [i, made] of builder.repeat(node, inputs).entries())
    if (made !== '') names.set(outputs[i]!, made);
}

/** The value that the last linear layer or 1x1 convolution reads, or the output where there is none. */
function featuresOf({ nodes, initializers }: Graph, output: string): string {
  let value = output;
  for (;;) {
    const node = nodes.find(({ outputs }) => outputs.includes(value));
    if (node === undefined) return output;
    const [a, b] = node.inputs as [string, string];
    const weight = initializers.get(b);
    if (weight && isLinear(node, weight.shape)) return a;
    const passes = ['Identity', 'Reshape', 'Flatten', 'Squeeze', 'Add'].includes(node.op);
    const next = initializers.has(a) ? b : a;
    if (!passes || (node.op === 'Add' && !initializers.has(a) && !initializers.has(b))) return output;
    value = next;
  }
}

/** Whether a node with a weight of this shape is a linear layer, of features or of maps at each place. */
function isLinear(node: Node, shape: readonly number[]): boolean {
  if (node.op === 'Conv') return intOf(node, 'group', 1) === 1 && shape.slice(2).every((side) => side === 1);
  return node.op === 'MatMul' || (node.op === 'Gemm' && intOf(node, 'transA', 0) === 0);
}
