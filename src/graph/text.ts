import { attributeTypes, type GraphProto, type NodeProto, TEXT, type ValueInfoProto } from './schema.js';

/**
 * The graph without what holds text, the names of classes that scikit-learn's exporter adds: stored strings,
 * the nodes that read them, and outputs of strings. An output that maps names to numbers (ZipMap) is the
 * numbers, and one that is a sequence of tensors (of classifiers side by side) is these tensors.
 */
export function withoutText(graph: GraphProto): GraphProto {
  const { initializer = [], output = [] } = graph;
  const [node, outputs] = unpacked(graph.node ?? [], output);
  const text = new Set(initializer.flatMap(({ name = '', data_type }) => (data_type === TEXT ? [name] : [])));
  const kept = node.flatMap((one) => {
    const numbered = byNumber(one);
    const isText = holdsText(one) || one.input?.some((value) => text.has(value));
    const made = one.output ?? [];
    for (const value of isText ? made : numbered ? made.slice(0, 1) : []) text.add(value);
    return isText ? [] : [numbered ?? one];
  });
  return {
    ...graph,
    node: kept,
    initializer: initializer.filter(({ name = '' }) => !text.has(name)),
    output: outputs.filter(({ name = '', type }) => !text.has(name) && type?.tensor_type?.elem_type !== TEXT),
  };
}

/** The names of classes by which a graph's classifiers label their scores, where all have the same. */
export function classLabels({ node = [] }: GraphProto): readonly string[] | undefined {
  const found = node.flatMap(({ attribute = [] }) =>
    attribute.flatMap(({ name, strings }) =>
      name === 'classlabels_strings' && strings?.length
        ? [strings.map((one) => Buffer.from(one).toString())]
        : [],
    ),
  );
  const [first] = found;
  return found.every((one) => one.join('\0') === first!.join('\0')) ? first : undefined;
}

/** A classifier that gives numbers for the labels that it has as strings; its first output is the label. */
function byNumber(node: NodeProto): NodeProto | undefined {
  const { op_type, attribute = [] } = node;
  const labels = attribute.find(({ name, strings }) => name === 'classlabels_strings' && strings?.length);
  if (!labels) return undefined;
  const numbers = {
    name: op_type === 'TreeEnsembleClassifier' ? 'classlabels_int64s' : 'classlabels_ints',
    type: attributeTypes.ints,
    ints: labels.strings!.map((_, i) => i),
  };
  return { ...node, attribute: attribute.map((one) => (one === labels ? numbers : one)) };
}

const holdsText = ({ attribute = [] }: NodeProto) => attribute.some(({ t }) => t?.data_type === TEXT);

/** Graph outputs that only pack tensors become these tensors; what packs them stays where nodes read it. */
function unpacked(
  nodes: readonly NodeProto[],
  outputs: readonly ValueInfoProto[],
): [NodeProto[], ValueInfoProto[]] {
  const read = new Set(nodes.flatMap(({ input = [] }) => input));
  const packs = nodes.filter(
    ({ op_type = '', output = [] }) => packing.has(op_type) && !output.some((value) => read.has(value)),
  );
  const packed = new Map(packs.map(({ input = [], output }) => [output?.[0] ?? '', input]));
  return [
    nodes.filter((node) => !packs.includes(node)),
    outputs.flatMap((value) => packed.get(value.name ?? '')?.map((name) => ({ name })) ?? [value]),
  ];
}

const packing = new Set(['ZipMap', 'SequenceConstruct']);
