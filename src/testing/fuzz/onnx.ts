import { attribute } from '../../attribution/attribute.js';
import type { Random } from '../../base/random.js';
import { openEngine } from '../../engine/index.js';
import { attributeTypes, ModelMessage, type ModelProto, type NodeProto } from '../../graph/schema.js';
import { formatOnnx } from '../../graph/write.js';
import { loadClassifier } from '../../model/load.js';
import { sizeOf } from '../../tensor/tensor.js';
import { tinyModel } from '../tiny-model.js';
import { tinyTransformer } from '../tiny-transformer.js';
import type { FuzzKind } from './kind.js';

const operators = [
  ...['Abs', 'Add', 'And', 'ArgMax', 'AveragePool', 'BatchNormalization', 'BitShift', 'Cast', 'Ceil', 'Clip'],
  ...['Col2Im', 'Compress', 'Concat', 'Constant', 'ConstantOfShape', 'Conv', 'ConvInteger', 'ConvTranspose'],
  ...['CumSum', 'DepthToSpace', 'DequantizeLinear', 'Det', 'DFT', 'Div', 'Dropout', 'DynamicQuantizeLinear'],
  ...['Einsum', 'Erf', 'Expand', 'EyeLike', 'Flatten', 'GRU', 'Gather', 'GatherElements', 'GatherND', 'Gemm'],
  ...['GlobalAveragePool', 'GridSample', 'GroupNormalization', 'HannWindow', 'Hardmax', 'Identity', 'If'],
  ...['InstanceNormalization', 'IsNaN', 'LRN', 'LSTM', 'LayerNormalization', 'LogSoftmax', 'Loop', 'LpPool'],
  ...[
    'MatMul',
    'MatMulInteger',
    'Max',
    'MaxPool',
    'MaxRoiPool',
    'MaxUnpool',
    'Mean',
    'MelWeightMatrix',
    'Mod',
  ],
  ...['Multinomial', 'NonMaxSuppression', 'NonZero', 'OneHot', 'Pad', 'Pow', 'QLinearConv', 'QuantizeLinear'],
  ...['RNN', 'RandomNormal', 'RandomUniformLike', 'Range', 'ReduceMean', 'ReduceSum', 'Relu', 'Reshape'],
  ...['Resize', 'ReverseSequence', 'RoiAlign', 'STFT', 'Scan', 'Scatter', 'ScatterElements', 'ScatterND'],
  ...['SequenceAt', 'Shape', 'Shrink', 'Size', 'Slice', 'Softmax', 'SpaceToDepth', 'Split', 'Squeeze'],
  ...[
    'StringNormalizer',
    'Sub',
    'TfIdfVectorizer',
    'Tile',
    'TopK',
    'Transpose',
    'Trilu',
    'Unique',
    'Unsqueeze',
  ],
  ...['Upsample', 'Where', 'Xor', 'FusedConv', 'QMoE', 'Attention', 'BiasGelu', 'NoSuchOperator'],
];

const attributes = [
  ...[
    'axis',
    'axes',
    'to',
    'perm',
    'mode',
    'kernel_shape',
    'strides',
    'pads',
    'dilations',
    'group',
    'blocksize',
  ],
  ...[
    'keepdims',
    'equation',
    'allowzero',
    'epsilon',
    'ceil_mode',
    'auto_pad',
    'num_outputs',
    'largest',
    'value',
  ],
];

const extremes = [
  0,
  1,
  -1,
  2,
  3,
  -3,
  7,
  255,
  1000,
  65_536,
  1e6,
  2 ** 31 - 1,
  2 ** 31,
  -(2 ** 31),
  2 ** 40,
  2 ** 53,
];

const words = ['', 'NOTSET', 'SAME_UPPER', 'reflect', 'cubic', 'ab,bc->ac', '...ij->...', 'CRD', '\0'];

const mutations: readonly ((model: ModelProto, random: Random) => void)[] = [
  function operator(model, random) {
    nodeOf(model, random).op_type = of(operators, random);
  },
  function number(model, random) {
    const own = nodeOf(model, random).attribute;
    const found = own?.length ? of(own, random) : undefined;
    if (found?.ints?.length) found.ints[random.below(found.ints.length)] = of(extremes, random);
    else if (found?.i !== undefined) found.i = of(extremes, random);
    else if (found?.f !== undefined) found.f = of([0, -1, 1e38, Number.NaN, Infinity], random);
  },
  function added(model, random) {
    const node = nodeOf(model, random);
    const name = of(attributes, random);
    const kind = random.below(3);
    const made =
      kind === 0
        ? { type: attributeTypes.int, i: of(extremes, random) }
        : kind === 1
          ? { type: attributeTypes.ints, ints: [of(extremes, random), of(extremes, random)] }
          : { type: attributeTypes.string, s: Buffer.from(of(words, random)) };
    node.attribute = [...(node.attribute ?? []), { name, ...made }];
  },
  function removed(model, random) {
    nodeOf(model, random).attribute?.splice(0, 1);
  },
  function input(model, random) {
    const inputs = nodeOf(model, random).input;
    if (inputs?.length) inputs[random.below(inputs.length)] = anyValue(model, random);
  },
  function inputs(model, random) {
    const node = nodeOf(model, random);
    node.input = [...(node.input ?? []), anyValue(model, random)];
  },
  function constant(model, random) {
    const all = model.graph?.initializer;
    if (!all?.length) return;
    const one = of(all, random);
    const dims = one.dims ?? [];
    if (random.below(2) === 0 && dims.length > 0) dims[random.below(dims.length)] = of(extremes, random);
    else if (random.below(2) === 0) one.data_type = random.below(20);
    else one.raw_data = one.raw_data?.slice(0, random.below(one.raw_data.length + 1));
  },
  function lengths(model, random) {
    const constants = model.graph?.initializer?.filter(({ data_type }) => data_type === 7) ?? [];
    if (constants.length === 0) return;
    const { raw_data: raw } = of(constants, random);
    if (!raw || raw.length < 8) return;
    const at = 8 * random.below(raw.length >> 3);
    new DataView(raw.buffer, raw.byteOffset).setBigInt64(at, BigInt(of(extremes, random)), true);
  },
  function declared(model, random) {
    const dims = model.graph?.input?.[0]?.type?.tensor_type?.shape?.dim;
    if (dims?.length) dims[random.below(dims.length)] = { dim_value: of(extremes, random) };
  },
  function opset(model, random) {
    model.opset_import = [
      { domain: of(['', 'com.microsoft'], random), version: of([1, 7, 11, 99, -1], random) },
    ];
  },
  function between(model, random) {
    insertNode(model, random);
  },
  function twice(model, random) {
    const nodes = model.graph?.node ?? [];
    nodes.push({ ...nodeOf(model, random) });
  },
  function gone(model, random) {
    const nodes = model.graph?.node ?? [];
    nodes.splice(random.below(nodes.length + 1), 1);
  },
  function nested(model, random) {
    const node = nodeOf(model, random);
    const g = { node: [{ ...node }], output: [{ name: node.output?.[0] ?? 'y' }], name: 'inner' };
    node.op_type = of(['If', 'Loop', 'Scan'], random);
    node.attribute = ['then_branch', 'else_branch', 'body'].map((name) => ({
      name,
      type: attributeTypes.graph,
      g,
    }));
  },
];

/** Puts a node of any operator, with extreme constants, before a node that reads its result. */
function insertNode(model: ModelProto, random: Random): void {
  const graph = model.graph;
  if (!graph?.node?.length) return;
  const reader = nodeOf(model, random);
  if (!reader.input?.length) return;
  const place = random.below(reader.input.length);
  const constants = Array.from({ length: random.below(4) }, (_, i) => {
    const name = `fuzz.${graph.initializer?.length ?? 0}.${i}`;
    const values = Array.from({ length: random.below(4) }, () => of(extremes, random));
    const isInteger = random.below(3) > 0;
    graph.initializer = [
      ...(graph.initializer ?? []),
      isInteger
        ? { name, data_type: 7, dims: [values.length], int64_data: values }
        : { name, data_type: 1, dims: [values.length], float_data: values },
    ];
    return name;
  });
  const output = `fuzz.out.${graph.node.length}`;
  const op_type = of(operators, random);
  const domain = /^(FusedConv|QMoE|Attention|BiasGelu)$/.test(op_type) ? 'com.microsoft' : '';
  const input = random.below(4) === 0 ? constants : [reader.input[place]!, ...constants];
  graph.node.splice(graph.node.indexOf(reader), 0, { op_type, domain, input, output: [output] });
  reader.input[place] = output;
}

const of = <T>(all: readonly T[], random: Random): T => all[random.below(all.length)]!;

function nodeOf(model: ModelProto, random: Random): NodeProto {
  const nodes = model.graph?.node ?? [];
  return nodes.length === 0 ? {} : of(nodes, random);
}

function anyValue(model: ModelProto, random: Random): string {
  const made = (model.graph?.node ?? []).flatMap(({ output }) => output ?? []);
  const given = [...(model.graph?.initializer ?? []), ...(model.graph?.input ?? [])].map(({ name }) => name);
  return of(['', 'nothing', ...made, ...given.map((name) => name ?? '')], random);
}

function restructure(bytes: Uint8Array, random: Random): Uint8Array | undefined {
  const model = ModelMessage.decode(Uint8Array.from(bytes)) as ModelProto;
  for (let n = 1 + random.below(4); n > 0; n--) of(mutations, random)(model, random);
  return ModelMessage.encode(model).finish();
}

/** A gigabyte and some seconds are enough for a file of some kilobytes, and show what takes more. */
const engine = openEngine('cpu', { memoryLimit: 1, timeLimit: 4 });
const methods = ['gradient', 'occlusion', 'lrp', 'gradcam'] as const;
let tried = 0;

export const onnx: FuzzKind = {
  name: 'onnx',
  file: 'x.onnx',
  seeds: async () => [
    formatOnnx(tinyModel()),
    formatOnnx(tinyModel('Softmax')),
    formatOnnx(tinyTransformer()),
    formatOnnx(tinyTransformer({ layout: 'einsum', readout: 'mean' })),
  ],
  dictionary: [
    ...operators.slice(0, 40),
    'ai.onnx',
    'com.microsoft',
    'sightline',
    '\x08\x07',
    '\xff\xff\xff\xff\x0f',
  ],
  restructure,
  async read(path) {
    const model = await loadClassifier(path, { engine });
    const { shape } = model.input;
    const input = { data: new Float32Array(sizeOf(shape)).fill(0.5), shape: [1, ...shape] };
    await attribute(model, methods[tried++ % methods.length]!, input, [0]);
  },
};
