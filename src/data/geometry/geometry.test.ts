import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../base/random.js';
import { tensor } from '../../tensor/tensor.js';
import {
  coverBox,
  coverCircle,
  coverPolygon,
  cropped,
  type Frame,
  flipped,
  forwardBox,
  forwardPoint,
  inputMask,
  inputMaskOfBoxes,
  inverseBox,
  inversePoint,
  letterboxed,
  maskOfBoxes,
  maskOfRegion,
  nativeHeatmap,
  nativePart,
  original,
  resized,
} from './index.js';
import { annotatedArea } from './placed.js';

const total = (data: Iterable<number>) => [...data].reduce((a, b) => a + b, 0);

describe('frames', () => {
  it('compose: every chain maps a point as its steps do one after the other', () => {
    const random = seededRandom(3);
    for (let round = 0; round < 200; round++) {
      let frame: Frame = original(40 + random.below(60), 30 + random.below(60));
      const start: [number, number] = [random.uniform() * frame.width, random.uniform() * frame.height];
      let [x, y] = start;
      for (let step = 0; step < 5; step++) {
        const kind = random.below(3);
        if (kind === 0) {
          const [w, h] = [1 + random.below(90), 1 + random.below(90)];
          [x, y] = [(x * w) / frame.width, (y * h) / frame.height];
          frame = resized(frame, w, h);
        } else if (kind === 1) {
          const cut = { x: random.below(20) - 10, y: random.below(20) - 10, width: 33, height: 21 };
          [x, y] = [x - cut.x, y - cut.y];
          frame = cropped(frame, cut);
        } else {
          x = frame.width - x;
          frame = flipped(frame);
        }
      }
      const [u, v] = forwardPoint(frame.transform, start);
      expect(u).toBeCloseTo(x, 6);
      expect(v).toBeCloseTo(y, 6);
      const back = inversePoint(frame.transform, [u, v]);
      expect(back[0]).toBeCloseTo(start[0], 6);
      expect(back[1]).toBeCloseTo(start[1], 6);
    }
  });

  it('mirror twice to the same place', () => {
    const frame = cropped(resized(original(50, 40), 100, 20), { x: 7, y: 3, width: 60, height: 10 });
    expect(flipped(flipped(frame))).toEqual(frame);
  });

  it('letterbox keeps proportions up to one pixel and centres the picture', () => {
    const { transform } = letterboxed(original(768, 510), 224, 224);
    expect(transform.scaleX).toBeCloseTo(224 / 768, 12);
    expect(transform.scaleY * 510).toBeCloseTo(149, 9);
    expect(transform.offsetY).toBe(37);
  });

  it('carry boxes there and back, also mirrored', () => {
    const { transform } = flipped(letterboxed(original(640, 480), 96, 96));
    const box = { x: 10.25, y: 20.5, width: 30.75, height: 11.125, label: 'wbc' };
    const there = forwardBox(transform, box);
    expect(there.x).toBeCloseTo(96 - 0.15 * 41, 9);
    const back = inverseBox(transform, there);
    expect(back.label).toBe('wbc');
    for (const key of ['x', 'y', 'width', 'height'] as const) expect(back[key]).toBeCloseTo(box[key], 9);
  });

  it('refuse a size without area', () => {
    expect(() => original(0, 5)).toThrow('0x5');
  });

  it.each([
    ['resize', (f: Frame) => resized(f, 57, 41)],
    ['letterbox', (f: Frame) => letterboxed(f, 64, 64)],
  ])('say to a tenth of a pixel where sharp puts a blob on a %s', async (name, step) => {
    const [width, height] = [160, 120];
    const [cx, cy] = [48.3, 77.9];
    const picture = Buffer.alloc(width * height);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const r2 = (x + 0.5 - cx) ** 2 + (y + 0.5 - cy) ** 2;
        picture[y * width + x] = Math.round(250 * Math.exp(-r2 / (2 * 36)));
      }
    }
    const frame = step(original(width, height));
    const { data, info } = await sharp(picture, { raw: { width, height, channels: 1 } })
      .resize(frame.width, frame.height, {
        fit: name === 'letterbox' ? 'contain' : 'fill',
        background: '#000',
      })
      .greyscale()
      .raw()
      .toBuffer({ resolveWithObject: true });
    let [sum, sx, sy] = [0, 0, 0];
    for (let y = 0; y < info.height; y++) {
      for (let x = 0; x < info.width; x++) {
        const value = data[(y * info.width + x) * info.channels]!;
        sum += value;
        sx += value * (x + 0.5);
        sy += value * (y + 0.5);
      }
    }
    const [ex, ey] = forwardPoint(frame.transform, [cx, cy]);
    expect(Math.abs(sx / sum - ex)).toBeLessThan(0.1);
    expect(Math.abs(sy / sum - ey)).toBeLessThan(0.1);
  });
});

describe('coverage', () => {
  it('of a box is its exact area, pixel by pixel', () => {
    const cover = coverBox({ x: 0.25, y: 0.5, width: 1.5, height: 1 }, 3, 3);
    expect([...cover.data]).toEqual([0.375, 0.375, 0, 0.375, 0.375, 0, 0, 0, 0]);
  });

  it('of polygons and circles agrees with their areas', () => {
    const triangle = coverPolygon(
      [
        [1, 1],
        [9, 1],
        [1, 7],
      ],
      10,
      10,
    );
    expect(total(triangle.data)).toBeCloseTo(24, 1);
    const disc = coverCircle(10.3, 9.8, 5.5, 20, 20);
    expect(Math.abs(total(disc.data) - Math.PI * 5.5 ** 2)).toBeLessThan(0.15);
  });

  it('of a box written as a polygon is the same mask', () => {
    const box = { x: 2.3, y: 1.6, width: 4.1, height: 3.3 };
    const corners: [number, number][] = [
      [2.3, 1.6],
      [6.4, 1.6],
      [6.4, 4.9],
      [2.3, 4.9],
    ];
    const polygon = coverPolygon(corners, 8, 9);
    const exact = coverBox(box, 8, 9);
    for (const [i, share] of exact.data.entries())
      expect(Math.abs(share - polygon.data[i]!)).toBeLessThan(0.07);
  });
});

describe('masks', () => {
  it('are half-open: a box of whole pixels covers width times height of them', () => {
    const mask = maskOfBoxes([{ x: 2, y: 1, width: 3, height: 2 }], 5, 7);
    expect(total(mask.data)).toBe(6);
    expect(mask.data[1 * 7 + 2]).toBe(1);
    expect(mask.data[1 * 7 + 5]).toBe(0);
    expect(mask.data[3 * 7 + 2]).toBe(0);
  });

  it('take pixels that are at least half covered', () => {
    expect([...maskOfBoxes([{ x: 0.5, y: 0, width: 2, height: 1 }], 1, 4).data]).toEqual([1, 1, 1, 0]);
    expect([...maskOfBoxes([{ x: 0.51, y: 0, width: 2, height: 1 }], 1, 4).data]).toEqual([0, 1, 1, 0]);
  });

  it('keep one pixel of a box smaller than a pixel, and none of a box outside', () => {
    expect([...maskOfBoxes([{ x: 1.8, y: 0.1, width: 0.3, height: 0.2 }], 1, 4).data]).toEqual([0, 1, 0, 0]);
    expect(total(maskOfBoxes([{ x: 9, y: 9, width: 3, height: 3 }], 4, 4).data)).toBe(0);
  });

  it('at the input agree whether a box is carried over as a box or as a mask', () => {
    const frame = flipped(resized(original(80, 60), 20, 15));
    const box = { x: 12, y: 8, width: 24, height: 16 };
    const direct = inputMaskOfBoxes([box], frame.transform, 15, 20);
    const carried = inputMask(maskOfBoxes([box], 60, 80), frame.transform, 15, 20);
    expect([...carried.data]).toEqual([...direct.data]);
    expect(total(direct.data)).toBe(24);
  });

  it('keep a pixel of every small part when they shrink', () => {
    const mask = maskOfBoxes(
      [1, 21, 41].map((x) => ({ x, y: 5, width: 2, height: 2 })),
      60,
      60,
    );
    const small = inputMask(mask, resized(original(60, 60), 6, 6).transform, 6, 6);
    expect([...small.data].flatMap((v, i) => (v === 1 ? [i] : []))).toEqual([0, 2, 4]);
  });

  it('see only what a crop shows', () => {
    const frame = cropped(original(20, 20), { x: 10, y: 0, width: 10, height: 10 });
    expect(total(inputMaskOfBoxes([{ x: 8, y: 0, width: 4, height: 5 }], frame.transform, 10, 10).data)).toBe(
      10,
    );
  });
});

describe('regions', () => {
  it('of runs read rows or columns', async () => {
    const rows = await maskOfRegion({ kind: 'runs', label: 'x', runs: [1, 2], order: 'rows' }, 2, 3);
    expect([...rows.data]).toEqual([0, 1, 1, 0, 0, 0]);
    const columns = await maskOfRegion({ kind: 'runs', label: 'x', runs: [1, 2], order: 'columns' }, 2, 3);
    expect([...columns.data]).toEqual([0, 1, 0, 1, 0, 0]);
  });

  it('refuse runs beyond the picture', async () => {
    const outside = { kind: 'runs', label: 'x', runs: [4, 9], order: 'rows' } as const;
    await expect(maskOfRegion(outside, 2, 3)).rejects.toThrow('leaves the picture of 3x2');
  });

  it('of mask files take bright pixels, scale copies, and refuse other proportions', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'region-'));
    const path = join(folder, 'mask.png');
    await sharp(Buffer.from([0, 255, 255, 0, 0, 10]), { raw: { width: 3, height: 2, channels: 1 } })
      .png()
      .toFile(path);
    const region = { kind: 'file', label: 'x', path } as const;
    expect([...(await maskOfRegion(region, 2, 3)).data]).toEqual([0, 1, 1, 0, 0, 0]);
    expect([...(await maskOfRegion(region, 4, 6)).data.subarray(0, 12)]).toEqual([
      0, 0, 1, 1, 1, 1, 0, 0, 1, 1, 1, 1,
    ]);
    await expect(maskOfRegion(region, 12, 6)).rejects.toThrow('3x2 pixels, its image 6x12');
    await expect(maskOfRegion({ ...region, path: `${path}x` }, 2, 3)).rejects.toThrow('missing');
    await rm(folder, { recursive: true });
  });
});

describe('native heatmaps', () => {
  const ramp = (height: number, width: number) =>
    tensor(
      Float32Array.from({ length: height * width }, (_, i) => (i % width) + 0.5),
      [height, width],
    );

  it('rebuild a ramp in original pixels', () => {
    const { transform } = resized(original(40, 20), 10, 10);
    const map = nativeHeatmap(ramp(10, 10), transform);
    expect(map.shape).toEqual([20, 40]);
    for (let x = 2; x < 38; x++) expect(map.data[x]).toBeCloseTo((x + 0.5) / 4, 5);
  });

  it('turn a mirrored input round again', () => {
    const { transform } = flipped(original(10, 4));
    const map = nativeHeatmap(ramp(4, 10), transform);
    expect(map.data[0]).toBeCloseTo(9.5, 6);
  });

  it('cover the tile that the input shows, and leave padding away', () => {
    const tile = resized(cropped(original(100, 80), { x: 60, y: 40, width: 40, height: 40 }), 20, 20);
    expect(nativePart(tile.transform, 20, 20)).toEqual({ x: 60, y: 40, width: 40, height: 40 });
    const boxed = letterboxed(original(100, 50), 50, 50);
    expect(nativePart(boxed.transform, 50, 50)).toEqual({ x: 0, y: 0, width: 100, height: 50 });
    expect(nativeHeatmap(ramp(50, 50), boxed.transform).shape).toEqual([50, 100]);
  });

  it('put the peak of an input inside the box that it came from', () => {
    const frame = flipped(letterboxed(original(123, 77), 32, 32));
    const box = forwardBox(frame.transform, { x: 90, y: 40, width: 8, height: 8 });
    const hot = tensor(new Float32Array(32 * 32), [32, 32]);
    hot.data[Math.floor(box.y + box.height / 2) * 32 + Math.floor(box.x + box.width / 2)] = 1;
    const map = nativeHeatmap(hot, frame.transform);
    const peak = map.data.indexOf(Math.max(...map.data));
    expect(Math.abs((peak % 123) - 94)).toBeLessThanOrEqual(4);
    expect(Math.abs(Math.floor(peak / 123) - 44)).toBeLessThanOrEqual(4);
  });
});

describe('annotations', () => {
  const areaOf = (rows: readonly string[]) => {
    const data = Uint8Array.from(rows.join(''), (one) => (one === '#' ? 1 : 0));
    const mask = { data, shape: [rows.length, rows[0]!.length] };
    const { image, transform } = {
      image: tensor(new Float32Array(data.length), [1, ...mask.shape]),
      transform: {
        ...{ scaleX: 1, scaleY: 1, offsetX: 0, offsetY: 0, flipped: false },
        ...{ originalWidth: 8, originalHeight: 4 },
      },
    };
    return annotatedArea({ image, mask, boxes: [], transform });
  };

  it('have an area, separate lesions, and the axes of the largest', () => {
    const area = areaOf(['#...####', '....####', '##......', '........']);
    expect(area).toMatchObject({ pixels: 11, share: 11 / 32, lesions: 3 });
    // A rectangle's axes are as its sides.
    expect(area.axes).toBeCloseTo(2, 9);
  });

  it('that lie diagonally are as long as they are', () => {
    expect(areaOf(['#.......', '.#......', '..#.....', '...#....']).axes).toBeCloseTo(Math.sqrt(31), 9);
  });

  it('may be empty', () => {
    expect(areaOf(['........'])).toEqual({ pixels: 0, share: 0, lesions: 0, axes: 1 });
  });
});
