import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeOnnx } from '../graph/write.js';
import { writeNpy } from '../tensor/npy.js';
import { runLine } from '../testing/command-line.js';
import { tinyModel } from '../testing/tiny-model.js';

let dir: string;
const at = (name: string) => join(dir, name);
const ones = (...shape: number[]) => ({
  data: new Float32Array(shape.reduce((a, b) => a * b)).fill(1),
  shape,
});

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sightline-cli-'));
  await writeOnnx(at('model.onnx'), tinyModel());
  await writeOnnx(at('hardmax.onnx'), tinyModel('Hardmax'));
  await mkdir(at('shelf'));
  execFileSync('mkfifo', ['pipe', 'pipe.npy', 'pipe.json'].map(at));
  await mkdir(at('shelf.npy'));
  const whole = await readFile(at('model.onnx'));
  await writeFile(at('cut.onnx'), whole.subarray(0, Math.floor(whole.length / 2)));
  await writeFile(at('empty.onnx'), '');
  await writeFile(at('words.png'), 'this is no picture');
  await writeFile(at('words.npy'), 'this is no array');
  await writeFile(at('words.json'), '{"draws": ');
  await writeNpy(at('x.npy'), ones(2, 1, 8, 8));
  await writeNpy(at('x1.npy'), ones(1, 1, 8, 8));
  await writeNpy(at('none.npy'), { data: new Float32Array(), shape: [0, 1, 8, 8] });
  const broken = ones(2, 1, 8, 8);
  broken.data[67] = Number.NaN;
  await writeNpy(at('nan.npy'), broken);
  await writeNpy(at('wide.npy'), ones(2, 1, 8, 9));
  await writeNpy(at('flat.npy'), ones(64));
  await writeNpy(at('map.npy'), ones(8, 8));
  await writeNpy(at('mask.npy'), ones(8, 8));
  await writeNpy(at('mask9.npy'), ones(9, 9));
  await writeNpy(at('mask3.npy'), ones(3, 8, 8));
  await writeNpy(at('levels9.npy'), { data: Float32Array.from({ length: 81 }, (_, i) => i), shape: [9, 9] });
  await writeNpy(at('levels.npy'), { data: Float32Array.from({ length: 64 }, (_, i) => i), shape: [8, 8] });
});
afterAll(() => rm(dir, { recursive: true }));

const usual: Readonly<Record<string, string>> = {
  model: 'model.onnx',
  input: 'x.npy',
  targets: '0',
  method: 'gradient',
};
const words = ['targets', 'method', 'metric', 'seed', 'engine', 'precision', 'layout'];

/** Runs `attribute` with valid arguments except the given ones. */
const attribute = (given: Readonly<Record<string, string>>, ...more: string[]) =>
  runLine('attribute', ...flags({ out: 'out.npy', ...usual, ...given }), ...more);
const score = (given: Readonly<Record<string, string>>, ...more: string[]) =>
  runLine('score', ...flags({ map: 'map.npy', metric: 'pointing-game', ...given }), ...more);
const flags = (values: Readonly<Record<string, string>>) =>
  Object.entries(values).flatMap(([name, value]) => [`--${name}`, words.includes(name) ? value : at(value)]);

/** A pipe without a writer wherever a file is expected. */
const pipes: Readonly<Record<string, () => ReturnType<typeof runLine>>> = {
  model: () => attribute({ model: 'pipe' }),
  input: () => attribute({ input: 'pipe.npy' }),
  image: () => runLine('data', 'decode', at('pipe'), '--out', at('o.npy')),
  array: () => attribute({ method: 'integrated-gradients' }, '--option', `baseline=${at('pipe.npy')}`),
  list: () => attribute({ method: 'gradient-shap' }, '--option', `draws=${at('pipe.json')}`),
};

describe('what is wrong is told in one line, with the exit code', () => {
  const cases: readonly [string, () => ReturnType<typeof runLine>, number, RegExp][] = [
    ['a missing model', () => attribute({ model: 'no.onnx' }), 1, /no\.onnx/],
    ['a missing input', () => attribute({ input: 'no.npy' }), 1, /no\.npy.*no such file/],
    ['a missing image', () => attribute({ input: 'no.png' }), 1, /no\.png/],
    ['a truncated model', () => attribute({ model: 'cut.onnx' }), 1, /cut\.onnx/],
    ['an empty model', () => attribute({ model: 'empty.onnx' }), 1, /empty\.onnx/],
    ['a picture as model', () => attribute({ model: 'words.png' }), 1, /words\.png/],
    [
      'an operator without a rule',
      () => attribute({ model: 'hardmax.onnx' }),
      1,
      /hardmax\.onnx: gradient has .*Hardmax/,
    ],
    [
      'an operator without a rule for relevance',
      () => attribute({ model: 'hardmax.onnx', method: 'lrp' }),
      1,
      /Hardmax/,
    ],
    ['an input of another shape', () => attribute({ input: 'wide.npy' }), 2, /\[N,1,8,8\].*1,8,9.*wide\.npy/],
    ['an input without a batch', () => attribute({ input: 'flat.npy' }), 2, /flat\.npy.*\[64\]/],
    ['an input that is no array', () => attribute({ input: 'words.npy' }), 1, /words\.npy/],
    [
      'an image that is none',
      () => attribute({ input: 'words.png' }),
      1,
      /words\.png.*neither DICOM nor PNG/,
    ],
    ['a target out of range', () => attribute({ targets: '3' }), 2, /target 3 .*0 to 2/],
    ['a negative target', () => attribute({ targets: '-1' }), 2, /target -1 .*0 to 2/],
    ['a target that is no number', () => attribute({ targets: 'cat' }), 2, /targets.*"cat".*whole numbers/],
    ['more targets than samples', () => attribute({ targets: '0,1,2' }), 2, /3 targets.*2 samples/],
    [
      'a map in a format that is none',
      () => attribute({ out: 'map.jpg' }),
      2,
      /map\.jpg.*\.npy.*\.png, \.svg, \.pdf, \.html/,
    ],
    ['an output that is the input', () => attribute({ out: 'x.npy' }), 2, /x\.npy is read by this command/],
    ['an unknown method', () => attribute({ method: 'gradcan' }), 2, /'gradcan'; did you mean 'gradcam'/],
    [
      'an unknown option',
      () => attribute({ method: 'integrated-gradients' }, '--option', 'step=3'),
      2,
      /'step'; did you mean 'steps'/,
    ],
    [
      'an unknown option beside one of two words, spelled as a command line spells it',
      () => attribute({ method: 'lrp' }, '--option', 'zero-bia=true'),
      2,
      /'zero-bia'; did you mean 'zero-bias'/,
    ],
    [
      'an option of two words that is no flag',
      () => attribute({ method: 'lrp' }, '--option', 'zero-bias=2'),
      2,
      /option 'zero-bias' of method lrp got "2"/,
    ],
    [
      'an option out of range',
      () => attribute({ method: 'integrated-gradients' }, '--option', 'steps=0'),
      2,
      /steps.*"0".*at least|steps.*"0".*from 1/,
    ],
    [
      'an option that is no number',
      () => attribute({ method: 'integrated-gradients' }, '--option', 'steps=many'),
      2,
      /steps.*"many"/,
    ],
    ['an option without a value', () => attribute({}, '--option', 'steps'), 2, /key=value.*'steps'/],
    [
      'an option from a missing array',
      () => attribute({ method: 'integrated-gradients' }, '--option', `baseline=${at('no.npy')}`),
      1,
      /no\.npy/,
    ],
    [
      'an option from JSON that is none',
      () => attribute({ method: 'gradient-shap' }, '--option', `draws=${at('words.json')}`),
      1,
      /words\.json: no JSON/,
    ],
    [
      'a layer that is not there',
      () => attribute({ method: 'gradcam' }, '--option', 'layer=nothing'),
      2,
      /'nothing'/,
    ],
    ['an unknown output', () => attribute({}, '--output', 'probabilities'), 2, /'probabilities'.*logits/],
    ['an unknown engine', () => attribute({ engine: 'gpu' }), 2, /"gpu".*cpu, cuda, webgpu/],
    ['an unknown precision', () => attribute({ precision: 'half' }), 2, /"half".*auto, float32, float64/],
    [
      'double where there is none',
      () => attribute({ engine: 'webgpu', precision: 'float64' }),
      2,
      /'float64' needs engine 'cpu'.*'webgpu'/,
    ],
    ['an unknown flag', () => attribute({}, '--inputs', 'x'), 2, /'--inputs'; did you mean '--input'/],
    ['a flag given twice', () => attribute({}, '--method', 'rise'), 2, /method.*\["gradient","rise"\]/],
    ['a flag without a value', () => runLine('attribute', '--model'), 2, /--model has no value/],
    [
      'a flag that is missing',
      () => runLine('attribute', '--model', 'm.onnx'),
      2,
      /attribute needs --input, --method, --out and --targets or --target; see/,
    ],
    ['a word too much', () => attribute({}, 'extra'), 2, /'extra'/],
    ['an unknown command', () => runLine('atribute'), 2, /'atribute'; did you mean 'attribute'/],
    ['an unknown command of a group', () => runLine('data', 'prepar'), 2, /'prepar'; did you mean 'prepare'/],
    ['a mask of another size', () => score({ mask: 'mask9.npy' }), 1, /\[8,8\].*\[9,9\]/],
    ['another number of masks', () => score({ mask: 'mask3.npy' }), 1, /1 maps and 3 masks/],
    ['a mask of many levels', () => score({ mask: 'levels.npy' }), 1, /mask holds 0 and/],
    [
      'an input with a NaN',
      () => attribute({ input: 'nan.npy' }),
      1,
      /nan\.npy: 1 of 128 .*NaN.*\[1,0,0,3\]/,
    ],
    ['an input without a sample', () => attribute({ input: 'none.npy' }), 1, /holds no sample/],
    [
      'a folder as input',
      () => attribute({ input: 'shelf' }),
      1,
      /^sightline: [^ ]*shelf can't be read: it is a folder; one file is read: DICOM, PNG[^/]*$/,
    ],
    [
      'a folder as array',
      () => attribute({ input: 'shelf.npy' }),
      1,
      /^sightline: [^ ]*shelf\.npy can't be read: it is a folder$/,
    ],
    [
      'a folder as model',
      () => attribute({ model: 'shelf' }),
      1,
      /^sightline: [^ ]*shelf can't be read: it is a folder$/,
    ],
    [
      'a folder to decode',
      () => runLine('data', 'decode', at('shelf'), '--out', at('o.npy')),
      1,
      /^sightline: [^ ]*shelf can't be read: it is a folder; one file is read: DICOM, PNG[^/]*$/,
    ],
    ...['model', 'input', 'image', 'array', 'list'].map((what): (typeof cases)[number] => [
      `a pipe as ${what}`,
      pipes[what]!,
      1,
      /can't be read: it is a pipe/,
    ]),
    [
      'a file whose name holds control characters',
      () => attribute({ input: 'a\u001b[2J\nb.npy' }),
      1,
      /a\\u001b\[2J\\nb\.npy can't be read: there is no such file/,
    ],
    ['a target that is nothing', () => attribute({ targets: '' }), 2, /targets.*"".*whole numbers/],
    ['a target that is left out', () => attribute({ targets: '0,' }), 2, /targets.*"0,".*whole numbers/],
    ['a target that is a fraction', () => attribute({ targets: '0.5' }), 2, /targets.*"0\.5".*whole numbers/],
    [
      'an option given twice',
      () => attribute({ method: 'integrated-gradients' }, '--option', 'steps=3', '--option', 'steps=4'),
      2,
      /--option steps is given twice/,
    ],
    [
      'an option from an array with a NaN',
      () => attribute({ method: 'integrated-gradients' }, '--option', `baseline=${at('nan.npy')}`),
      1,
      /nan\.npy.*NaN/,
    ],
    [
      'a map of another size than the input',
      () =>
        score({ map: 'levels9.npy', model: 'model.onnx', input: 'x1.npy', targets: '0', metric: 'deletion' }),
      1,
      /\[9,9\].*8x8/,
    ],
    [
      'a target of a score out of range',
      () => score({ model: 'model.onnx', input: 'x1.npy', targets: '7', metric: 'deletion' }),
      2,
      /target 7/,
    ],
    ['a missing mask', () => score({ mask: 'no.npy' }), 1, /no\.npy/],
    ['no mask where one is needed', () => score({}), 2, /needs --mask/],
    [
      'no model where one is needed',
      () => score({ metric: 'deletion' }),
      2,
      /needs --model, --input and --targets$/,
    ],
    ['no anatomy', () => score({ metric: 'relevance-in-anatomy' }), 2, /needs --anatomy/],
    [
      'a map whose making is asked about',
      () => score({ metric: 'focus' }),
      2,
      /explains images anew, .* in a notebook/,
    ],
    [
      'an unknown metric',
      () => score({ mask: 'mask.npy', metric: 'pointing-gme' }),
      2,
      /did you mean 'pointing-game'/,
    ],
    [
      'an unknown option of a metric',
      () => score({ mask: 'mask.npy' }, '--option', 'tolerence=3'),
      2,
      /did you mean 'tolerance'/,
    ],
    ['an unknown data set', () => runLine('data', 'list', 'bcd'), 2, /did you mean 'bccd'/],
    ['a data set without its folder', () => runLine('data', 'prepare', 'bccd', '--out', at('p')), 2, /root/],
    [
      'a data set whose folder is not there',
      () => runLine('data', 'prepare', 'bccd', '--root', at('no'), '--out', at('p')),
      1,
      /not found|no such/,
    ],
    [
      'a format without images',
      () => runLine('data', 'prepare', '--format', 'coco', '--out', at('p')),
      2,
      /--images/,
    ],
    ['nothing to prepare', () => runLine('data', 'prepare', '--out', at('p')), 2, /NAME.*--format/],
    ['a folder that is no prepared set', () => runLine('data', 'inspect', at('.')), 1, /no prepared set/],
    [
      'pixels of no image',
      () => runLine('data', 'decode', at('words.png'), '--out', at('o.npy')),
      1,
      /words\.png/,
    ],
    [
      'pixels into no array',
      () => runLine('data', 'decode', at('words.png'), '--out', at('o.txt')),
      2,
      /o\.txt.*\.npy/,
    ],
    [
      'an unknown check',
      () => runLine('data', 'audit', at('.'), '--checks', 'boxs'),
      2,
      /'boxs'; did you mean 'boxes'/,
    ],
    [
      'a model file without its ending',
      () => runLine('train', '--dataset', 'phantom', '--out', at('m')),
      2,
      /\.onnx/,
    ],
    [
      'a task for a set that is prepared',
      () => runLine('train', '--data', at('.'), '--task', 'tiles', '--out', at('m.onnx')),
      2,
      /--task goes with a data set/,
    ],
    ['nothing to train on', () => runLine('train', '--out', at('m.onnx')), 2, /--dataset or --data/],
    [
      'an option of another network',
      () =>
        runLine(
          'train',
          '--data',
          at('.'),
          '--architecture',
          'logistic',
          '--depth',
          '3',
          '--out',
          at('m.onnx'),
        ),
      2,
      /--depth is no option of the network logistic/,
    ],
  ];

  it.each(cases)('%s', async (_, run, code, message) => {
    const told = await run();
    expect(told.errors).toHaveLength(1);
    expect(told.errors[0]).toMatch(/^sightline: /);
    expect(told.errors[0]).toMatch(message);
    expect(told.code).toBe(code);
    expect(told.out).toEqual([]);
  });
});

describe('what cannot be written is told as well', () => {
  it.each([
    ['a folder is of that name', () => at('folder.npy'), /folder\.npy can't be written: it is a folder/],
    [
      'a file is where a folder should be',
      () => at('x.npy/map.npy'),
      /x\.npy can't be written: a part of its path is a file/,
    ],
  ])('%s', async (_, out, message) => {
    await mkdir(at('folder.npy'), { recursive: true });
    const told = await runLine('attribute', ...flags(usual), '--out', out());
    expect(told.errors).toHaveLength(1);
    expect(told.errors[0]).toMatch(message);
    expect(told.code).toBe(1);
    expect((await readdir(dir)).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  it.each([
    ['attribute', () => flags({ ...usual, input: at('missing.npy') }), 'map.npy'],
    ['data decode', () => [at('missing.dcm')], 'map.npy'],
    ['data decode', () => [at('missing.dcm')], 'look.png'],
    ['data fetch', () => ['bccd', '--unverified'], ''],
    ['train', () => ['--data', at('missing')], 'm.onnx'],
  ])('before anything is read or fetched: %s', async (command, given, name) => {
    const told = await runLine(...command.split(' '), ...given(), '--out', at(`x.npy/${name}`));
    expect(told.errors).toEqual([
      expect.stringMatching(/x\.npy\/? can't be written: a part of its path is a file$/),
    ]);
    expect(told.code).toBe(1);
  });
});
