import { join } from 'node:path';
import sharp, { type OverlayOptions } from 'sharp';
import { writeWhole } from '../../base/files.js';
import { checkpoint, isStopped, type RunContext } from '../../base/run.js';
import type { Rectangle } from '../geometry/frame.js';
import { type Raster, readRaster } from '../prepare/pictures/raster.js';
import type { Decode } from '../prepare/pictures/source.js';
import type { AuditReport } from './audit.js';
import type { AuditInput } from './checks/audited.js';
import type { Finding, ImageRef } from './checks/check.js';

const CELL = 192;
const GAP = 6;
const PER_FINDING = 4;
const FINDINGS = 32;
const ACROSS = 8;

/**
 * Writes a contact sheet `<dir>/<check>.png` for every check with findings. It shows the first findings in
 * order, the images of a finding side by side, with places framed in yellow. The PNG files hold no metadata.
 * Returns their paths.
 */
export async function drawSheets(
  inputs: readonly AuditInput[],
  report: AuditReport,
  decode: Decode,
  dir: string,
  run: RunContext,
): Promise<readonly string[]> {
  const records = new Map(
    inputs.flatMap(({ archive }) => archive.records.map((r) => [`${archive.name}/${r.id}`, r] as const)),
  );
  const paths: string[] = [];
  for (const { name } of report.checks) {
    const cells: Buffer[][] = [];
    for (const finding of report.findings.filter(({ check }) => check === name).slice(0, FINDINGS)) {
      await checkpoint(run);
      cells.push(await drawFinding(finding));
    }
    const drawn = cells.filter((row) => row.length > 0);
    if (drawn.length === 0) continue;
    const path = join(dir, `${name}.png`);
    await writeWhole(path, await sheetOf(drawn));
    paths.push(path);
  }
  return paths;

  async function drawFinding({ images }: Finding): Promise<Buffer[]> {
    const cells: Buffer[] = [];
    for (const ref of images.slice(0, PER_FINDING)) {
      const record = records.get(`${ref.dataset}/${ref.id}`);
      if (record === undefined) continue;
      const raster = await readRaster(record, decode, run).catch(unlessStopped);
      if (raster !== undefined) cells.push(await drawCell(raster, ref));
    }
    return cells;
  }
}

/** Omits an image that cannot be read. */
function unlessStopped(error: unknown): undefined {
  if (isStopped(error)) throw error;
}

async function drawCell(raster: Raster, { places = [] }: ImageRef): Promise<Buffer> {
  const { values, width, height, originalWidth, originalHeight } = raster;
  const scale = Math.min(CELL / originalWidth, CELL / originalHeight);
  const left = (CELL - originalWidth * scale) / 2;
  const top = (CELL - originalHeight * scale) / 2;
  const frame = ({ x, y, width: w, height: h }: Rectangle) =>
    `<rect x="${left + x * scale}" y="${top + y * scale}" width="${w * scale}" height="${h * scale}" fill="none" stroke="#fd0" stroke-width="1.5"/>`;
  const picture = sharp(values, { raw: { width, height, channels: 1 } }).resize(CELL, CELL, {
    fit: 'contain',
    background: '#000',
  });
  const frames = `<svg width="${CELL}" height="${CELL}">${places.map(frame).join('')}</svg>`;
  return sharp(await picture.png().toBuffer())
    .toColourspace('srgb')
    .composite([{ input: Buffer.from(frames) }])
    .png()
    .toBuffer();
}

/** Arranges findings in columns; all cells are as wide as the finding with most images. */
function sheetOf(findings: readonly (readonly Buffer[])[]): Promise<Buffer> {
  const breadth = Math.max(...findings.map((cells) => cells.length));
  const columns = Math.max(1, Math.min(findings.length, Math.floor(ACROSS / breadth)));
  const [stepX, stepY] = [breadth * (CELL + 1) + GAP, CELL + GAP];
  const overlays: OverlayOptions[] = findings.flatMap((cells, index) =>
    cells.map((input, k) => ({
      input,
      left: GAP + (index % columns) * stepX + k * (CELL + 1),
      top: GAP + Math.floor(index / columns) * stepY,
    })),
  );
  const width = GAP + columns * stepX;
  const height = GAP + Math.ceil(findings.length / columns) * stepY;
  return sharp({ create: { width, height, channels: 3, background: '#333' } })
    .composite(overlays)
    .png()
    .toBuffer();
}
