import { intOf } from '../../graph/attributes.js';
import { entryOf } from '../../graph/catalogue/index.js';
import { castTo, elementTypes } from '../../graph/element-types.js';
import type { ElementType, Graph, Node } from '../../graph/graph.js';
import { cuda } from './kernels/cuda.js';
import { type Kernels, typeLetters } from './kernels/kernels.js';
import { webgpu } from './kernels/webgpu.js';
import { type GpuProvider, padsUnevenly, prepareFor } from './prepare.js';

const kernels: Readonly<Record<GpuProvider, Kernels>> = { cuda, webgpu };

/**
 * The nodes of a program, as the engine prepares it, that ONNX Runtime would run on the CPU although their
 * values are on the GPU, because the provider has no kernel for their operator, opset or types. Includes
 * nodes of subgraphs. Nodes that compute with lengths and constants alone do not count: they are on the CPU
 * in any case.
 */
export function fallbacks(graph: Graph, provider: GpuProvider): readonly Node[] {
  return search(prepareFor[provider](graph), provider, graph.opsets[''] ?? 20, new Map(), new Set());
}

function search(
  graph: Graph,
  provider: GpuProvider,
  opset: number,
  around: ReadonlyMap<string, ElementType>,
  onHost: ReadonlySet<string>,
): Node[] {
  const types = elementTypes(graph, around);
  const host = new Set(['', ...onHost, ...graph.initializers.keys()]);
  return graph.nodes.flatMap((node) => {
    const inner = Object.values(node.attributes).flatMap((attribute) =>
      attribute.kind === 'graph' ? search(attribute.value, provider, opset, types, host) : [],
    );
    const light = inner.length === 0 && node.inputs.every((value) => host.has(value));
    if (light || node.op === 'Shape' || node.op === 'Size') {
      for (const output of node.outputs) host.add(output);
    }
    return light || hasKernel(node, provider, opset, types) ? inner : [...inner, node];
  });
}

function hasKernel(
  node: Node,
  provider: GpuProvider,
  opset: number,
  types: ReadonlyMap<string, ElementType>,
): boolean {
  if (node.op === 'BatchNormalization' && intOf(node, 'training_mode', 0) === 1) return false;
  if (provider === 'cuda' && padsUnevenly(node)) return false;
  const given = node.inputs.map((value) => types.get(value));
  if (node.op === 'Cast') given.push(castTo(node));
  return (entryOf(kernels[provider], node) ?? []).some((line) => {
    const [opsets, taken] = line.split(': ') as [string, string];
    const [first, last] = opsets.split('-').map(Number) as [number, number];
    const inputs = taken.split(', ').map((letters) => letters.split(' '));
    const takes = (type: ElementType | undefined, i: number) => {
      const letters = inputs[Math.min(i, inputs.length - 1)]!;
      return type === undefined || letters[0] === '*' || letters.includes(typeLetters[type]);
    };
    return first <= opset && opset <= last && given.every(takes);
  });
}
