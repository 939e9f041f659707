import { inputError, unsupported } from '../base/errors.js';
import type { AttributeProto, FunctionProto, GraphProto, ModelProto, NodeProto } from './schema.js';

/**
 * The most nodes that the functions of a file may make, the most that may call each other in a row, and the
 * length of a name that tells where it comes from.
 */
const most = { nodes: 50_000, deep: 100, letters: 200 };

/**
 * The graph with each call of a model-local function replaced by the nodes of its body, those in subgraphs
 * included. Throws where functions call themselves, make more than 50,000 nodes, or are written in another
 * opset than the model.
 */
export function withoutFunctions(model: ModelProto, graph: GraphProto): GraphProto {
  if (!model.functions?.length) return graph;
  const functions = new Map(model.functions.map((made) => [keyOf(made, made.name), made]));
  const versions = versionsOf(model);
  const fresh = freshNames(new Set(namesOf(graph)));
  let count = 0;

  const inlined = (nodes: readonly NodeProto[], calls: readonly FunctionProto[]): NodeProto[] =>
    nodes.flatMap((node) => {
      const called = functions.get(keyOf(node, node.op_type));
      count += 1;
      if (count > most.nodes) throw unsupported(`its functions make more than ${most.nodes} nodes`);
      if (!called) return [{ ...node, attribute: node.attribute?.map((one) => within(one, calls)) }];
      checkCall(called, calls, versions);
      return inlined(bodyOf(called, node, fresh), [...calls, called]);
    });
  const within = (attribute: AttributeProto, calls: readonly FunctionProto[]): AttributeProto =>
    attribute.g
      ? { ...attribute, g: { ...attribute.g, node: inlined(attribute.g.node ?? [], calls) } }
      : attribute;

  return { ...graph, node: inlined(graph.node ?? [], []) };
}

function freshNames(taken: Set<string>) {
  const counts = new Map<string, number>();
  return (hint: string): string => {
    let count = counts.get(hint) ?? 0;
    let name = hint;
    while (taken.has(name)) name = `${hint}.${++count}`;
    counts.set(hint, count);
    taken.add(name);
    return name;
  };
}

const domainOf = (domain = '') => (domain === 'ai.onnx' ? '' : domain);

const keyOf = ({ domain, overload = '' }: { domain?: string; overload?: string }, name = '') =>
  JSON.stringify([domainOf(domain), name, overload]);

const versionsOf = ({ opset_import }: Pick<FunctionProto, 'opset_import'>) =>
  new Map((opset_import ?? []).map(({ domain, version }) => [domainOf(domain), Number(version ?? 1)]));

function checkCall(
  called: FunctionProto,
  calls: readonly FunctionProto[],
  versions: ReadonlyMap<string, number>,
): void {
  if (calls.includes(called)) throw inputError(`function '${called.name}' calls itself`);
  if (calls.length >= most.deep)
    throw unsupported(`functions that call each other more than ${most.deep} deep`);
  const [own, wanted] = [versionsOf(called).get(''), versions.get('')];
  if (own !== undefined && wanted !== undefined && own !== wanted)
    throw unsupported(
      `function '${called.name}' is written in opset ${own} and the model in opset ${wanted}; export the model with its functions inlined`,
    );
}

/** The nodes of a function's body for one call: inputs, outputs and attributes are those of the call. */
function bodyOf(called: FunctionProto, call: NodeProto, fresh: (hint: string) => string): NodeProto[] {
  const { input = [], output = [], node: body = [] } = called;
  const place = call.name || call.op_type || 'function';
  const names = new Map(input.map((formal, i) => [formal, call.input?.[i] ?? '']));
  for (const [i, formal] of output.entries()) {
    const wanted = call.output?.[i];
    if (wanted) names.set(formal, wanted);
  }
  const own = (value: string) => {
    if (value === '') return '';
    const known = names.get(value);
    if (known !== undefined) return known;
    const name = fresh(`${place}/${value}`.slice(-most.letters));
    names.set(value, name);
    return name;
  };
  const given = new Map<string, AttributeProto>(
    [...(called.attribute_proto ?? []), ...(call.attribute ?? [])].map((one) => [one.name ?? '', one]),
  );
  const renamed = (nodes: readonly NodeProto[]): NodeProto[] =>
    nodes.map((node) => ({
      ...node,
      name: `${place}/${node.name || node.op_type}`.slice(-most.letters),
      input: (node.input ?? []).map(own),
      output: (node.output ?? []).map(own),
      attribute: (node.attribute ?? []).flatMap((attribute) => {
        const { ref_attr_name: reference, name, g } = attribute;
        if (!reference) return [g ? { ...attribute, g: inGraph(g) } : attribute];
        const found = given.get(reference);
        return found ? [{ ...found, name }] : [];
      }),
    }));
  const inGraph = (graph: GraphProto): GraphProto => ({
    ...graph,
    initializer: graph.initializer?.map((one) => ({ ...one, name: own(one.name ?? '') })),
    input: graph.input?.map((one) => ({ ...one, name: own(one.name ?? '') })),
    node: renamed(graph.node ?? []),
    output: graph.output?.map((one) => ({ ...one, name: own(one.name ?? '') })),
  });
  return renamed(body);
}

/** The names of all values of a graph and of its subgraphs. */
function namesOf(graph: GraphProto): string[] {
  const held = [...(graph.initializer ?? []), ...(graph.input ?? [])].map(({ name = '' }) => name);
  const made = (graph.node ?? []).flatMap((node) => [
    ...(node.output ?? []),
    ...(node.attribute ?? []).flatMap(({ g }) => (g ? namesOf(g) : [])),
  ]);
  return [...held, ...made];
}
