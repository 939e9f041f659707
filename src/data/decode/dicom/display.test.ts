import { describe, expect, test } from 'vitest';
import { imageElements, type MadeElement, type MadeImage, madeDicom } from '../../../testing/dicom.js';
import type { DecodeOptions } from '../image/decoded.js';
import { decodeDicom } from './decode.js';

const words = (...values: number[]) => new Uint8Array(Int16Array.from(values).buffer);

async function shown(elements: readonly MadeElement[], options: DecodeOptions = {}) {
  const { pixels } = await decodeDicom(madeDicom(elements), 'made.dcm', options);
  return { shape: pixels.shape, values: Array.from(pixels.data, (v) => Math.round(v * 1e4) / 1e4) };
}

/** A row of 16-bit samples. */
const row = (
  values: readonly number[],
  more: readonly MadeElement[] = [],
  about: MadeImage = {},
): MadeElement[] => [
  ...imageElements(1, values.length, { bits: 16, ...about }, more),
  ['7fe00010', 'OW', words(...values)],
];

const window = (center: string, width: string, shape?: string): MadeElement[] => [
  ['00281050', 'DS', center],
  ['00281051', 'DS', width],
  ...(shape === undefined ? [] : [['00281056', 'CS', shape] as const]),
];

describe('grey values for display', () => {
  test('follow the linear window of the standard, of which the width loses one', async () => {
    // C.11.2.1.2.1: ((x - (c - 0.5)) / (w - 1) + 0.5), here c = 10, w = 5.
    const { shape, values } = await shown(row([0, 7, 8, 9, 10, 11, 12, 100], window('10', '5')));
    expect(shape).toEqual([1, 8]);
    expect(values).toEqual([0, 0, 0.125, 0.375, 0.625, 0.875, 1, 1]);
  });

  test('follow the exact and the sigmoid window where the file names them', async () => {
    expect((await shown(row([8, 10, 12], window('10', '4', 'LINEAR_EXACT')))).values).toEqual([0, 0.5, 1]);
    const sigmoid = await shown(row([8, 10, 12], window('10', '4', 'SIGMOID')));
    expect(sigmoid.values).toEqual([0.1192, 0.5, 0.8808]);
  });

  test('take the first of several windows, and the one that is asked for before it', async () => {
    const two = row([8, 10, 12], window('10\\99', '4\\7', 'LINEAR_EXACT'));
    expect((await shown(two)).values).toEqual([0, 0.5, 1]);
    expect((await shown(two, { window: { center: 10, width: 3 } })).values).toEqual([0, 0.75, 1]);
  });

  test.each([
    ['one window', row([8, 10, 12], window('10', '4')), 1],
    ['two windows', row([8, 10, 12], window('10\\99', '4\\7')), 2],
    ['two windows of a sigmoid', row([8, 10, 12], window('10\\99', '4\\7', 'SIGMOID')), 2],
    ['no window', row([8, 10, 12]), undefined],
  ])('tell how many windows the file offers: %s', async (_, elements, count) => {
    const bytes = madeDicom(elements);
    expect((await decodeDicom(bytes, 'a.dcm')).windows).toBe(count);
    const asked = await decodeDicom(bytes, 'a.dcm', { window: { center: 10, width: 3 } });
    expect(asked.windows).toBeUndefined();
  });

  test('are rescaled before the window', async () => {
    const rescale: MadeElement[] = [
      ['00281052', 'DS', '-1024'],
      ['00281053', 'DS', '2'],
    ];
    const made = row([512, 513, 514], [...window('2', '4', 'LINEAR_EXACT'), ...rescale]);
    expect((await shown(made)).values).toEqual([0, 0.5, 1]);
  });

  test.each([
    ['a window', row([0, 9, 100], window('10', '5')), { low: 7.5, high: 11.5 }],
    ['an exact window', row([0, 9, 100], window('10', '4', 'LINEAR_EXACT')), { low: 8, high: 12 }],
    ['no window', row([3, 9, 100]), { low: 3, high: 100 }],
    ['no window, inverted', row([3, 9, 100], [], { photometric: 'MONOCHROME1' }), { low: 100, high: 3 }],
    ['a sigmoid', row([0, 9, 100], window('10', '5', 'SIGMOID')), undefined],
    ['one value', row([3, 3, 3]), undefined],
  ])('tell which values become 0 and 1: %s', async (_, elements, stretched) => {
    expect((await decodeDicom(madeDicom(elements), 'made.dcm')).stretched).toEqual(stretched);
  });

  test('of signed samples keep their order, also where the sign was not extended', async () => {
    const about = { signed: true, stored: 12 };
    expect((await shown(row([-2, 0, 2], [], about))).values).toEqual([0, 0.5, 1]);
    expect((await shown(row([0xffe, 0, 2], [], about))).values).toEqual([0, 0.5, 1]);
  });

  test('of MONOCHROME1 are inverted', async () => {
    const made = row([8, 10, 12], window('10', '4', 'LINEAR_EXACT'), { photometric: 'MONOCHROME1' });
    expect((await shown(made)).values).toEqual([1, 0.5, 0]);
  });

  test('of an inverse presentation table are inverted once', async () => {
    const inverse: MadeElement[] = [['20500020', 'CS', 'INVERSE']];
    for (const photometric of ['MONOCHROME1', 'MONOCHROME2'])
      expect((await shown(row([8, 10, 12], inverse, { photometric }))).values).toEqual([1, 0.5, 0]);
    expect((await shown(row([8, 10, 12], [['20500020', 'CS', 'IDENTITY']]))).values).toEqual([0, 0.5, 1]);
  });

  test('do not count padding, which is black', async () => {
    const padding: MadeElement[] = [['00280120', 'US', 4000]];
    expect((await shown(row([10, 20, 30, 4000], padding))).values).toEqual([0, 0.5, 1, 0]);
    const range: MadeElement[] = [...padding, ['00280121', 'US', 5000]];
    const inverted = row([10, 20, 30, 4500], range, { photometric: 'MONOCHROME1' });
    expect((await shown(inverted)).values).toEqual([1, 0.5, 0, 0]);
  });

  test('go through a modality table and a table of interest', async () => {
    const table = (first: number, bits: number, ...values: number[]): MadeElement[] => [
      ['00283002', 'US', [values.length, first, bits]],
      ['00283006', 'OW', words(...values)],
    ];
    const modality: MadeElement = ['00283000', 'SQ', [table(5, 16, 100, 200, 300)]];
    const exact = window('200', '200', 'LINEAR_EXACT');
    expect((await shown(row([0, 5, 6, 7, 99], [modality, ...exact]))).values).toEqual([0, 0, 0.5, 1, 1]);
    const interest: MadeElement = ['00283010', 'SQ', [table(10, 8, 0, 51, 255)]];
    expect((await shown(row([1, 10, 11, 12, 77], [interest]))).values).toEqual([0, 0, 0.2, 1, 1]);
  });

  test.each([
    ['of width 0', '10', '0', true],
    ['with a decimal comma', '10,5', '4', true],
    ['without a width', '10', '', true],
    ['empty', '', '', false],
    ['of two centres', '10\\99', '4', false],
  ])('tell that a window is none: %s', async (_, center, width, isTold) => {
    const { doubts } = await decodeDicom(madeDicom(row([3, 9, 100], window(center, width))), 'a.dcm');
    expect(doubts ?? []).toEqual(isTold ? [expect.stringContaining('make no window')] : []);
    const given = { window: { center: 10, width: 3 } };
    expect(
      (await decodeDicom(madeDicom(row([3, 9, 100], window(center, width))), 'a.dcm', given)).doubts,
    ).toBeUndefined();
  });

  test('of 8 bits keep their full range where no window is given, of more are stretched', async () => {
    const bytes: MadeElement[] = [...imageElements(1, 2), ['7fe00010', 'OB', Uint8Array.of(51, 102)]];
    expect((await shown(bytes)).values).toEqual([0.2, 0.4]);
    expect((await shown(row([100, 150, 200]))).values).toEqual([0, 0.5, 1]);
    expect((await shown(row([7, 7, 7]))).values).toEqual([0, 0, 0]);
  });

  test('leave out overlays in the unused bits', async () => {
    const overlay: MadeElement[] = [
      ['60000100', 'US', 16],
      ['60000102', 'US', 12],
    ];
    const made = row([0x1000 + 10, 20, 0x1000 + 30], [], { stored: 12 });
    expect((await shown([...made.slice(0, -1), ...overlay, made.at(-1)!])).values).toEqual([0, 0.5, 1]);
  });

  test.each([
    ['unsigned', {}, [0x7000 + 10, 20, 30], [0, 0.5, 1]],
    ['all above', {}, [0xf00a, 0xf014, 0xf01e], [0, 0.5, 1]],
    ['signed', { signed: true }, [0x1ffe, 0, 2], [0, 0.5, 1]],
    ['of a wrong declaration', {}, [0, 2000, 0x1000 + 4000], [0, 0.5, 1]],
  ])(
    'mask bits above those stored and tell how many values have some: %s',
    async (_, about, values, unit) => {
      const bytes = madeDicom(row(values, [], { stored: 12, ...about }));
      const { pixels, doubts } = await decodeDicom(bytes, 'made.dcm');
      expect([...pixels.data].map((v) => Math.round(v * 1e4) / 1e4)).toEqual(unit);
      const count = values.filter((v) => v > 0xfff).length;
      expect(doubts).toEqual([
        `${count} of its 3 values have bits above bit 11, where its 12 stored bits end: they are masked`,
      ]);
    },
  );

  test.each([
    ['8 of 12', 8, [100, 180, 250, 330, 410, 500, 590, 670]],
    ['11 of 12, in a slope', 11, [1900, 1960, 2030, 2060, 2120, 2180, 2030, 1970]],
  ])('keep bits above those stored where the picture is even with them: %s', async (_, stored, values) => {
    const { pixels, doubts } = await decodeDicom(madeDicom(row(values, [], { stored })), 'made.dcm');
    const [low, high] = [Math.min(...values), Math.max(...values)];
    for (const [i, value] of values.entries())
      expect(pixels.data[i]).toBeCloseTo((value - low) / (high - low), 6);
    expect(doubts).toEqual([expect.stringMatching(/: they are kept, as the picture is even with them/)]);
  });

  test('are refused where bits above those stored may be of the values or not', async () => {
    const values = [1000, 1010, 1020, 3400, 3410, 3400, 1010, 1000];
    const made = decodeDicom(madeDicom(row(values, [], { stored: 11 })), 'made.dcm');
    await expect(made).rejects.toThrow(/^made\.dcm: 3 of its 8 values have bits above bit 10, .*Bits Stored/);
  });

  test('tell nothing of extended signs, padding beyond the stored bits, or overlays', async () => {
    const overlay: MadeElement = ['60000102', 'US', 12];
    const padding: MadeElement = ['00280120', 'US', 0xf830];
    const made: MadeElement[][] = [
      row([-2, 0, 2], [], { signed: true, stored: 12 }),
      row([0xf830, 0, 2], [padding], { stored: 12 }),
      [
        ...row([0x1001, 0, 2], [], { stored: 12 }).slice(0, -1),
        overlay,
        ['7fe00010', 'OW', words(0x1001, 0, 2)],
      ],
    ];
    for (const elements of made) {
      const { pixels, doubts } = await decodeDicom(madeDicom(elements), 'made.dcm');
      expect(doubts).toBeUndefined();
      expect(pixels.data[2]).toBe(1);
    }
  });

  test.each([
    ['an overlay above', { stored: 12 }, [0x1001, 0x0fff, 0], '1 of its 3 words', 'bits 0 to 11'],
    [
      'a sign that is not extended',
      { stored: 12, signed: true },
      [0xffe, 5, 0xfff],
      '2 of its 3 words',
      'bits 0 to 11 with their sign',
    ],
  ])('are told apart from the words that raw gives: %s', async (_, about, words, count, bits) => {
    const bytes = madeDicom(row(words, [], about));
    for (const frame of [undefined, 0]) {
      const { pixels, doubts } = await decodeDicom(bytes, 'made.dcm', { raw: true, frame });
      expect([...pixels.data]).toEqual(words);
      expect(doubts).toEqual([
        `${count} differ from the value of their 12 stored bits (${bits}): they are given as they stand`,
      ]);
    }
    const plain = madeDicom(row([-2, 0, 2], [], { stored: 12, signed: true }));
    expect((await decodeDicom(plain, 'made.dcm', { raw: true })).doubts).toBeUndefined();
  });

  test('take a frame its own rescale and window', async () => {
    const group = (center: string): MadeElement[] => [
      ['00289132', 'SQ', [window(center, '4', 'LINEAR_EXACT')]],
      [
        '00289145',
        'SQ',
        [
          [
            ['00281052', 'DS', '-1'],
            ['00281053', 'DS', '1'],
          ],
        ],
      ],
    ];
    const made: MadeElement[] = [
      ...imageElements(1, 1, { bits: 16 }, [['00280008', 'IS', '2']]),
      ['52009230', 'SQ', [group('10'), group('12')]],
      ['7fe00010', 'OW', words(11, 11)],
    ];
    expect((await shown(made, { frame: 0 })).values).toEqual([0.5]);
    expect((await shown(made, { frame: 1 })).values).toEqual([0]);
    await expect(shown(made, { frame: 2 })).rejects.toThrow(
      'made.dcm: frame 2 is asked for; it has 2 (0 to 1)',
    );
    const whole = await decodeDicom(madeDicom(made), 'made.dcm', { raw: true });
    expect([whole.pixels.shape, [...whole.pixels.data], whole.frames]).toEqual([[2, 1, 1], [11, 11], 2]);
  });
});

describe('colours for display', () => {
  const pixel = (photometric: string, ...bytes: number[]): MadeElement[] => [
    ...imageElements(1, bytes.length / 3, { samples: 3, photometric }),
    ['7fe00010', 'OB', Uint8Array.from(bytes)],
  ];

  test('RGB stays as it is, in either planar configuration', async () => {
    expect(await shown(pixel('RGB', 255, 51, 0))).toEqual({ shape: [1, 1, 3], values: [1, 0.2, 0] });
    const planar: MadeElement[] = [
      ...imageElements(1, 2, { samples: 3 }, [['00280006', 'US', 1]]),
      ['7fe00010', 'OB', Uint8Array.of(255, 0, 51, 0, 0, 102)],
    ];
    expect((await shown(planar)).values).toEqual([1, 0.2, 0, 0, 0, 0.4]);
  });

  test('RGB of 12 bits in words is read from its stored bits, wherever they are', async () => {
    const deep = (highBit: number, ...values: number[]): MadeElement[] => [
      ...imageElements(1, 1, { samples: 3, bits: 16, stored: 12, highBit }),
      ['7fe00010', 'OW', words(...values)],
    ];
    const expected = { shape: [1, 1, 3], values: [1, 0.2, 0] };
    expect(await shown(deep(11, 0xfff, 819, 0xf000))).toEqual(expected);
    expect(await shown(deep(15, 0xfff0, 819 << 4, 0xf))).toEqual(expected);
  });

  test('YBR_FULL becomes RGB: the primaries of BT.601', async () => {
    const made = await shown(pixel('YBR_FULL', 128, 128, 128, 76, 85, 255, 150, 44, 21, 29, 255, 107));
    const expected = [0.502, 0.502, 0.502, 1, 0, 0, 0, 1, 0, 0, 0, 1];
    made.values.forEach((value, i) => {
      expect(Math.abs(value - expected[i]!)).toBeLessThan(0.01);
    });
  });

  test('YBR_FULL_422 shares colour between neighbours', async () => {
    const made: MadeElement[] = [
      ...imageElements(1, 2, { samples: 3, photometric: 'YBR_FULL_422' }),
      ['7fe00010', 'OB', Uint8Array.of(255, 0, 128, 128)],
    ];
    expect((await shown(made)).values.map(Math.round)).toEqual([1, 1, 1, 0, 0, 0]);
    expect((await decodeDicom(madeDicom(made), 'x', { raw: true })).pixels.data).toEqual(
      Uint8Array.of(255, 128, 128, 0, 128, 128),
    );
  });

  const palette = (bits: number, ...channels: number[][]): MadeElement[] => [
    ...channels.map((values, i): MadeElement => [`0028110${i + 1}`, 'US', [values.length, 1, bits]]),
    ...channels.map((values, i): MadeElement => [`0028120${i + 1}`, 'OW', words(...values)]),
  ];
  const indices = (more: MadeElement[]): MadeElement[] => [
    ...imageElements(1, 3, { photometric: 'PALETTE COLOR' }, more),
    ['7fe00010', 'OB', Uint8Array.of(0, 1, 2, 0)],
  ];

  test('palettes become RGB, inputs beyond their ends taking the ends', async () => {
    const made = await shown(indices(palette(16, [0, 65535], [65535, 0], [13107, 13107])));
    expect(made).toEqual({ shape: [1, 3, 3], values: [0, 1, 0.2, 0, 1, 0.2, 1, 0, 0.2] });
    const eight = await shown(indices(palette(16, [0, 255], [255, 0], [51, 51])));
    expect(eight.values).toEqual(made.values);
  });

  test('segmented palettes are expanded: discrete, linear and repeated', async () => {
    const segmented = (...values: number[]): MadeElement[] => [
      ...[1, 2, 3].map((n): MadeElement => [`0028110${n}`, 'US', [5, 0, 16]]),
      ...[1, 2, 3].map((n): MadeElement => [`0028122${n}`, 'OW', words(...values)]),
    ];
    const more = segmented(0, 1, 13107, 1, 2, 39321, 2, 1, 6, 0, 0, 1, 65535);
    const five: MadeElement[] = [
      ...imageElements(1, 5, { photometric: 'PALETTE COLOR' }, more),
      ['7fe00010', 'OB', Uint8Array.of(0, 1, 2, 3, 4, 0)],
    ];
    const linear = segmented(0, 1, 13107, 1, 4, 65535);
    const ramp: MadeElement[] = [
      ...imageElements(1, 5, { photometric: 'PALETTE COLOR' }, linear),
      ['7fe00010', 'OB', Uint8Array.of(0, 1, 2, 3, 4, 0)],
    ];
    expect((await shown(ramp)).values.filter((_, i) => i % 3 === 0)).toEqual([0.2, 0.4, 0.6, 0.8, 1]);
    expect((await shown(five)).values.filter((_, i) => i % 3 === 0)).toEqual([0.2, 0.4, 0.6, 0.6, 0.6]);
    const damaged: MadeElement[] = [
      ...imageElements(1, 1, { photometric: 'PALETTE COLOR' }, segmented(9, 1, 0)),
      ['7fe00010', 'OB', Uint8Array.of(0, 0)],
    ];
    await expect(shown(damaged)).rejects.toThrow('its segmented palette is damaged');
  });

  test('an index image without its palette is refused', async () => {
    await expect(shown(indices([]))).rejects.toThrow('it has palette colours and no palette');
  });
});
