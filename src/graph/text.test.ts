import { describe, expect, it } from 'vitest';
import { parseOnnx } from './read.js';
import { attributeTypes, ModelMessage, type NodeProto, TEXT } from './schema.js';

const value = (name: string, elem_type = 1) => ({ name, type: { tensor_type: { elem_type } } });
const node = (op_type: string, input: string[], output: string[], more: Partial<NodeProto> = {}) => ({
  ...{ op_type, input, output, domain: 'ai.onnx.ml' },
  ...more,
});

/** A classifier as scikit-learn's exporter writes it, with more nodes behind it. */
function read(more: NodeProto[], outputs: { name: string }[]) {
  const graph = {
    name: 'g',
    node: [node('LinearClassifier', ['x'], ['best', 'scores']), ...more],
    initializer: [{ name: 'names', dims: [2], data_type: TEXT }],
    input: [value('x')],
    output: outputs,
  };
  const opset_import = [{ domain: '', version: 17 }];
  return parseOnnx(ModelMessage.encode({ ir_version: 8, graph, opset_import }).finish(), 'model.onnx');
}

const keys = { name: 'values_tensor', type: attributeTypes.tensor, t: { dims: [2], data_type: TEXT } };

describe('text is left out', () => {
  it.each<[string, NodeProto[], string]>([
    ['labels of a classifier', [], 'best'],
    ['stored names', [node('ArrayFeatureExtractor', ['names', 'best'], ['label'])], 'label'],
    ['names of an attribute', [node('LabelEncoder', ['best'], ['label'], { attribute: [keys] })], 'label'],
    [
      'what is made of names',
      [
        node('ArrayFeatureExtractor', ['names', 'best'], ['row']),
        node('Reshape', ['row', 'shape'], ['label'], { domain: '' }),
      ],
      'label',
    ],
  ])('%s', (_, more, label) => {
    const graph = read(more, [value(label, TEXT), value('scores')]);
    expect(graph.outputs.map(({ name }) => name)).toEqual(['scores']);
    expect(graph.nodes.map(({ op }) => op)).toEqual(['LinearClassifier']);
    expect(graph.initializers.size).toBe(0);
  });
});

it('an output of numbers by name is the numbers', () => {
  const graph = read([node('ZipMap', ['scores'], ['zipped'])], [value('best', TEXT), { name: 'zipped' }]);
  expect(graph.outputs.map(({ name }) => name)).toEqual(['scores']);
  expect(graph.nodes.map(({ op }) => op)).toEqual(['LinearClassifier']);
});

it('an output that is a sequence of tensors is these tensors', () => {
  const both = [
    node('LinearClassifier', ['x'], ['second', 'more']),
    node('SequenceConstruct', ['scores', 'more'], ['all'], { domain: '' }),
  ];
  expect(read(both, [{ name: 'all' }]).outputs.map(({ name }) => name)).toEqual(['scores', 'more']);
  const length = node('SequenceLength', ['all'], ['one'], { domain: '' });
  expect(read([...both, length], [value('one')]).nodes.map(({ op }) => op)).toContain('SequenceConstruct');
});

it('numbers the labels of a classifier that are text', () => {
  const strings = ['ill', 'well'].map((word) => Buffer.from(word));
  const attribute = [{ name: 'classlabels_strings', type: attributeTypes.strings, strings }];
  const more = [
    node('TreeEnsembleClassifier', ['x'], ['label', 'p'], { attribute }),
    node('LabelEncoder', ['label'], ['code']),
  ];
  const graph = read(more, [value('label', TEXT), value('p')]);
  expect(graph.outputs.map(({ name }) => name)).toEqual(['p']);
  expect(graph.nodes.map(({ op }) => op)).toEqual(['LinearClassifier', 'TreeEnsembleClassifier']);
  expect(graph.nodes[1]!.attributes).toEqual({ classlabels_int64s: { kind: 'ints', value: [0, 1] } });
});

it('labels that all classifiers share are those of the file', () => {
  const labelled = (op: string, ...words: string[]) =>
    node(op, ['scores'], [`${op}.${words[0]}`], {
      attribute: [
        {
          ...{ name: 'classlabels_strings', type: attributeTypes.strings },
          strings: words.map((word) => Buffer.from(word)),
        },
      ],
    });
  const labelsOf = (...more: NodeProto[]) => read(more, [value('scores')]).labels;
  const zipped = labelled('ZipMap', 'gesund', 'müde');
  expect(labelsOf()).toBeUndefined();
  expect(labelsOf(zipped)).toEqual(['gesund', 'müde']);
  expect(labelsOf(zipped, labelled('SVMClassifier', 'gesund', 'müde'))).toEqual(['gesund', 'müde']);
  expect(labelsOf(zipped, labelled('SVMClassifier', 'a', 'b'))).toBeUndefined();
});

it('keeps a map that a node reads', () => {
  const more = [node('ZipMap', ['scores'], ['zipped']), node('DictVectorizer', ['zipped'], ['y'])];
  expect(read(more, [value('y')]).nodes.map(({ op }) => op)).toContain('ZipMap');
});
