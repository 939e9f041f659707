import { extname } from 'node:path';
import { usageError } from '../../../base/errors.js';
import { checkOutput, writeWhole } from '../../../base/files.js';
import { flag, integer, optional, text } from '../../../base/options.js';
import { type DecodedImage, decodeFile } from '../../../data/decode/index.js';
import { encodePng } from '../../../figures/png.js';
import { writeNpy } from '../../../tensor/npy.js';
import { command } from '../../command.js';

export const dataDecodeCommand = command({
  name: 'data decode',
  summary: 'Writes the pixels of a DICOM or image file as .npy, or as .png to look at.',
  positionals: [{ name: 'FILE', doc: 'DICOM, PNG, JPEG, TIFF, BMP or PNM', required: true }],
  flags: {
    out: text({ doc: 'the .npy or .png file to write', default: '' }),
    frame: optional(
      integer({ doc: 'which frame, from 0; by default the first, with --raw all', min: 0, default: 0 }),
    ),
    raw: flag({ doc: 'stored values in their own type instead of display values in [0, 1]', default: false }),
    json: flag({ doc: 'print what is known of the image as JSON', default: false }),
  },
  required: ['out'],
  examples: [
    'sightline data decode chest.dcm --out chest.npy',
    'sightline data decode heart.dcm --out frame.npy --frame 12 --raw',
    'sightline data decode chest.dcm --out chest.png',
  ],
  async run({ flags: { out, frame, raw, json }, positionals: [file], print, warn, run: { signal } }) {
    const ending = extname(out).toLowerCase();
    if (ending !== '.npy' && ending !== '.png')
      throw usageError(`--out got '${out}'; it takes a .npy or .png file`);
    if (ending === '.png' && raw) throw usageError('--raw writes stored values, which a .png does not hold');
    await checkOutput(out, [file!]);
    const image = await decodeFile(file!, { frame, raw, signal });
    if (ending === '.npy') await writeNpy(out, image.pixels);
    else await writeWhole(out, picture(image));
    const { pixels, frames, attributes, doubts = [] } = image;
    for (const doubt of doubts) warn(`${file}: ${doubt}`);
    const type = pixels.data.constructor.name.replace('Array', '').toLowerCase();
    const kind = raw ? 'stored values' : 'display values';
    const said = { out, kind, type, shape: pixels.shape, ...rangeOf(image), frames, attributes };
    print(json ? JSON.stringify(said) : lineOf(said));
  },
});

function picture({ pixels: { data, shape } }: DecodedImage): Uint8Array {
  const bytes = Uint8Array.from(data as Float32Array, (value) => Math.round(255 * value));
  return encodePng({ width: shape[1]!, height: shape[0]!, bytes });
}

interface Said extends Pick<DecodedImage, 'frames' | 'attributes' | 'windows'> {
  readonly out: string;
  readonly kind: string;
  readonly type: string;
  readonly shape: readonly number[];
  /** The values that are shown as black and white, where they depend on the file. */
  readonly black?: number;
  readonly white?: number;
}

function rangeOf({ stretched, windows }: DecodedImage): Pick<Said, 'black' | 'white' | 'windows'> {
  return {
    ...(stretched && { black: stretched.low, white: stretched.high }),
    ...(windows !== undefined && { windows }),
  };
}

function lineOf({ out, kind, type, shape, frames, attributes, ...range }: Said): string {
  const said = Object.entries(attributes).map(([name, value]) => `${name} ${value}`);
  const of = frames > 1 ? [`${frames} frames in the file`] : [];
  return `${out}: ${[`${kind} ${type} [${shape}]`, ...shownBy(range), ...of, ...said].join(', ')}`;
}

function shownBy({ black, white, windows = 0 }: Pick<Said, 'black' | 'white' | 'windows'>): string[] {
  const [one, several] =
    black === undefined ? ['window or table', 'windows or tables'] : ['window', 'windows'];
  const rule = windows === 1 ? `its ${one}` : `the first of its ${windows} ${several}`;
  if (black === undefined) return windows === 0 ? [] : [`by ${rule}`];
  const [dark, bright] = [black, white!].map((value) => Number(value.toPrecision(6)));
  return [`black ${dark} and white ${bright} by ${windows === 0 ? 'its least and greatest value' : rule}`];
}
