import { choice, flag, type Option, optional, readOptions, text } from '../base/options.js';
import { headNames } from './head.js';
import type { LoadOptions } from './load.js';
import { normalisationOption } from './normalisation.js';
import { precisionOption } from './precision.js';

/** An option of any value that passes a test. */
const tested = (doc: string, accepts: string, test: (given: unknown) => boolean): Option<unknown> =>
  optional({ doc, accepts, read: (given) => (test(given) ? given : undefined) });

const isObject = (given: unknown): given is object => typeof given === 'object' && given !== null;
const isList = (given: unknown, test: (one: unknown) => boolean) => Array.isArray(given) && given.every(test);
const isLengths = (given: unknown) => isList(given, (n) => Number.isSafeInteger(n) && Number(n) > 0);
const isText = (given: unknown) => typeof given === 'string';

const specs: Readonly<Record<keyof LoadOptions, Option<unknown>>> = {
  engine: tested('what runs the model', 'an engine, as openEngine gives it', isObject),
  output: optional(text({ doc: 'the value to explain', default: '' })),
  head: optional(choice(headNames, { doc: 'what the output is', default: 'softmax' })),
  inputShape: tested("one sample's shape", 'a list of lengths', isLengths),
  imageShape: tested('the shape of images', 'a list of lengths', isLengths),
  inputShapeOf: tested("who says the sample's shape", 'a text', isText),
  layout: optional(choice(['NCHW', 'NHWC', 'other'], { doc: "the input's layout", default: 'NCHW' })),
  normalisation: optional(normalisationOption),
  classes: tested('class names', 'a list of texts', (given) => isList(given, isText)),
  multiLabel: optional(flag({ doc: 'whether several classes may hold at once', default: false })),
  precision: precisionOption,
  target: tested(
    'what will be asked',
    'a target, such as class:3',
    (given) => isText(given) || isObject(given),
  ),
};

/** Throws a usage error for a misspelt option of loading, or one of a wrong type. */
export function checkLoadOptions(options: LoadOptions): void {
  readOptions(specs, { ...options }, 'loadModel');
}
