import sharp from 'sharp';
import { temporaryTree } from './tree.js';

/** A PNG picture of 60x40 pixels whose first one is [shade, 90, 200 - shade]. */
export const picture = (shade: number) =>
  sharp(
    Uint8Array.from(
      { length: 3 * 60 * 40 },
      (_, i) => [(shade + (Math.floor(i / 3) % 60)) % 256, 90, 200 - shade][i % 3]!,
    ),
    { raw: { width: 60, height: 40, channels: 3 } },
  )
    .png()
    .toBuffer();

/** Ten pictures with COCO boxes in half of them, or in those that are said, and one box without area. */
export async function cocoFolder(marked = [0, 2, 4, 6, 8]): Promise<string> {
  const names = Array.from({ length: 10 }, (_, i) => `scan${i}.png`);
  const files = await Promise.all(
    names.map(async (name, i) => [`scans/${name}`, await picture(20 * i)] as const),
  );
  const box = (i: number) => ({ id: i, image_id: i, category_id: 1, bbox: [5, 5, 20, 10] });
  const coco = {
    images: names.map((file_name, id) => ({ id, file_name, width: 60, height: 40 })),
    categories: [{ id: 1, name: 'nodule' }],
    annotations: [...marked.map(box), { ...box(9), bbox: [1, 1, 0, 0] }],
  };
  return temporaryTree({ ...Object.fromEntries(files), 'boxes.json': JSON.stringify(coco) });
}
