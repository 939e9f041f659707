import { inputError, unsupported } from '../../base/errors.js';
import { castTo } from '../element-types.js';
import type { Graph, Node } from '../graph.js';
import { innerReads, readsOf } from '../order.js';
import { dependenceOf } from '../reach.js';
import { openSequences } from './operators/open-sequences.js';

/** Domains of operators that ONNX Runtime may hold; that of ONNX itself is empty. */
const domains = /^$|^ai\.onnx\b|^com\.(microsoft|ms)\b|^org\.pytorch\.aten$/;
const maps = /^(ZipMap|DictVectorizer)$/;
const sequences = /^(Sequence\w+|SplitToSequence|ConcatFromSequence)$/;

/**
 * Throws an error that names node and operator for operators of a domain of their own and for maps, which no
 * engine runs, and for outputs that nothing makes.
 */
export function checkNodes({ nodes, inputs, outputs, initializers }: Graph): void {
  for (const { op, domain, name } of nodes) {
    if (!domains.test(domain))
      throw unsupported(
        `operator '${op}' of domain '${domain}' (node '${name}') is no standard one; export the model with the operators of ONNX`,
      );
    if (maps.test(op))
      throw unsupported(
        `operator '${op}' (node '${name}') makes or reads a map; only tensors are supported: export the model without it`,
      );
  }
  const made = new Set([
    ...nodes.flatMap((node) => node.outputs),
    ...inputs.map(({ name }) => name),
    ...initializers.keys(),
  ]);
  const lacking = outputs.find(({ name }) => !made.has(name));
  if (lacking) throw inputError(`output '${lacking.name}' is made by no node`);
}

/** Why a graph can only be run as it is: it holds values that no node but its own can read. */
export function onlyRuns(graph: Graph): string | undefined {
  const { nodes, initializers } = openSequences(graph);
  const sequence = nodes.find(({ op }) => sequences.test(op));
  if (sequence) return `${said(sequence)} makes or reads a sequence, and only tensors are followed`;
  const held = new Set([...initializers].flatMap(([name, { type }]) => (isSmallFloat(type) ? [name] : [])));
  const small = nodes.find(
    (node) => isSmallFloat(castTo(node)) || readsOf(node).some((value) => held.has(value)),
  );
  return small && `${said(small)} computes in floats of eight bits`;
}

/**
 * Why the samples of a batch are not apart in a graph: an operator takes its scale from all of them, or
 * decides once for all.
 */
export function joinsSamples(graph: Graph): string | undefined {
  return scalesTogether(graph) ?? decidesTogether(graph);
}

/** An If that is left depends on the samples, and so may what ends a Loop; each has one condition. */
function decidesTogether(graph: Graph): string | undefined {
  const { nodes, inputs } = graph;
  const branch = nodes.find((node) => node.domain === '' && node.op === 'If');
  if (branch) return `${said(branch)} decides once for all samples of a batch, by their values`;
  if (!nodes.some(({ op }) => op === 'Loop')) return undefined;
  const samples = dependenceOf(
    graph,
    inputs.map(({ name }) => name),
  );
  const loop = nodes.find((node) => endsByValues(node, samples));
  return loop && `${said(loop)} ends at once for all samples of a batch, by their values`;
}

/** Whether what follows from the values of samples says when a loop ends: a counter of its turns does not. */
function endsByValues(node: Node, samples: ReadonlySet<string>): boolean {
  const body =
    node.op === 'Loop' && node.attributes.body?.kind === 'graph' ? node.attributes.body.value : undefined;
  if (body === undefined) return false;
  const carried = body.inputs.slice(2).map(({ name }, k) => ({
    ...{ name, next: body.outputs[1 + k]!.name },
    given: samples.has(node.inputs[2 + k]!),
  }));
  const outer = innerReads(node).filter((value) => samples.has(value));
  let following = new Set(carried.flatMap(({ name, given }) => (given ? [name] : [])));
  for (;;) {
    const inBody = dependenceOf(body, [...outer, ...following]);
    const all = new Set(
      carried.flatMap(({ name, next }) => (following.has(name) || inBody.has(next) ? [name] : [])),
    );
    if (all.size === following.size) return inBody.has(body.outputs[0]!.name);
    following = all;
  }
}

function scalesTogether({ nodes }: Graph): string | undefined {
  const several = nodes.filter(({ op }) => op.startsWith('DynamicQuantize'));
  // Layers that quantise by themselves stand in the way of the others, whose scales are by sample else.
  const dynamic = several.find(({ op }) => op !== 'DynamicQuantizeLinear') ?? several[0];
  return (
    dynamic &&
    `${said(dynamic)} takes its scale from all that it is given; quantise the model statically, or explain it before it is quantised`
  );
}

const said = ({ op, name }: Node) => `operator '${op}' (node '${name}')`;

const isSmallFloat = (type: string | undefined) => type?.startsWith('float8') ?? false;
