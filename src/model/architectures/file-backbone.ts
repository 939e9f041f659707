import { inputError } from '../../base/errors.js';
import type { Engine } from '../../engine/engine.js';
import { intOf } from '../../graph/attributes.js';
import type { Graph, Node } from '../../graph/graph.js';
import { withoutUnused } from '../../graph/tidy.js';
import { loadClassifier } from '../load.js';
import type { Feature, Net } from './architecture.js';
import { concat } from './layers.js';

/** A network of a file up to the features that its last layer reads. */
export interface FileBackbone {
  /** Adds its nodes, on the image `[C, H, W]`; returns the features `[F]`. */
  add(net: Net, image: Feature): Feature;
}

/**
 * Reads a backbone for images of a shape; grey ones show a network of colours the same three times. Throws
 * where it has no last linear layer and no features `[N, F]`, or takes other images.
 */
export async function readBackbone(
  path: string,
  [channels, height, width]: readonly [number, number, number],
  engine: Engine,
): Promise<FileBackbone> {
  const load = (depth: number) =>
    loadClassifier(path, { engine, imageShape: [depth, height, width], precision: 'float32' });
  const model = await (channels === 1 ? load(3).catch(() => load(1)) : load(channels));
  const { layout, shape } = model.input;
  if (layout === 'other')
    throw inputError(`${path}: takes inputs of shape [${shape}]; a backbone takes images`);
  const features = featuresOf(model.graph, model.output);
  const { dims } = model.shapes.get(features)!;
  const graph = withoutUnused({ ...model.graph, outputs: [{ name: features, type: 'float32' }] });
  const depth = layout === 'NHWC' ? shape.at(-1)! : shape[0]!;
  return {
    add(net, image) {
      const seen = depth === channels ? image : concat(net, 'colour', Array(depth).fill(image));
      const turned = layout === 'NHWC' ? net.builder.transpose(seen.value, [0, 2, 3, 1]) : seen.value;
      const names = new Map([[model.input.name, turned]]);
      for (const [name, value] of graph.initializers)
        names.set(name, net.builder.constant(value, `backbone.${name}`));
      for (const node of graph.nodes) addNode(net, node, names);
      return { value: names.get(features)!, shape: [dims[1]!] };
    },
  };
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

/** The value `[N, F]` that the last linear layer reads, or the output where there is none before it. */
function featuresOf({ nodes, initializers }: Graph, output: string): string {
  let value = output;
  for (;;) {
    const node = nodes.find(({ outputs }) => outputs.includes(value));
    if (node === undefined) return output;
    const [a, b] = node.inputs as [string, string];
    const linear = node.op === 'Gemm' ? intOf(node, 'transA', 0) === 0 : node.op === 'MatMul';
    if (linear && initializers.has(b)) return a;
    const passes = ['Identity', 'Reshape', 'Flatten', 'Squeeze', 'Add'].includes(node.op);
    const next = initializers.has(a) ? b : a;
    if (!passes || (node.op === 'Add' && !initializers.has(a) && !initializers.has(b))) return output;
    value = next;
  }
}
