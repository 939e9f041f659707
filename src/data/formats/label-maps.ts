import { mapPooled } from '../../base/pool.js';
import type { RunContext } from '../../base/run.js';
import { countsOf, isBackground, maskOfValue, readLabelMap } from '../geometry/label-map.js';
import type { Region } from '../record.js';
import type { Fault, Size } from './boxes.js';
import { faultOf, stateOfMask, unread } from './mask-states.js';
import { areColours, checkNamed, labelsIn, type MaskValues } from './mask-values.js';
import { toldFirst } from './patient-columns.js';

/** A file that marks places in an image. */
export interface MaskFile {
  readonly image: string;
  readonly path: string;
}

/** What files of masks mark, one entry a file, with the sizes of the files. */
export interface ReadMasks {
  readonly labels: readonly string[];
  readonly masks: readonly {
    readonly image: string;
    readonly regions: readonly Region[];
    readonly faults: readonly Fault[];
  }[];
  readonly sizes: ReadonlyMap<Region, Size>;
}

/**
 * Reads label maps, whose values `values` names. A map of background alone means an annotated image without
 * findings. Throws where a map holds a value without a name. What cannot be read, or is no label map, is a
 * fault of its image.
 */
export async function readLabelMaps(
  files: readonly MaskFile[],
  values: MaskValues,
  run: RunContext,
): Promise<ReadMasks> {
  const labels = labelsIn(values);
  const masks = await mapPooled(run, 'reading masks', files, async ({ image, path }) => ({
    image,
    ...(await readOne(path, values, labels[0]!)),
  }));
  const sizes = masks.flatMap(({ regions, size }) => regions.map((region) => [region, size!] as const));
  return { labels, masks: withAbsent(masks, labels), sizes: new Map(sizes) };
}

async function readOne(
  path: string,
  values: MaskValues,
  label: string,
): Promise<{ readonly regions: readonly Region[]; readonly faults: readonly Fault[]; readonly size?: Size }> {
  const map = await readLabelMap(path, areColours(values)).catch((error: unknown) =>
    unread(error, { label, path }),
  );
  if ('problem' in map) return { regions: [], faults: [map] };
  const counts = countsOf(map);
  checkNamed(path, counts, values);
  const regions: Region[] = [];
  const faults: Fault[] = [];
  for (const [value, count] of counts) {
    if (isBackground(value)) continue;
    const label = values.get(value);
    if (label === undefined) {
      const problem = `${count} pixels of its label map have the ignored value ${value}: they count as background`;
      faults.push({ kind: 'inconsistent', problem });
      continue;
    }
    regions.push({ kind: 'file', label, path, value });
    const state = stateOfMask(maskOfValue(map, value));
    // One structure may enclose another, so that a ring is no outline.
    const doubt = state === 'outline' ? undefined : faultOf(state);
    if (doubt) faults.push({ ...doubt, problem: `of '${label}' (value ${value}): ${doubt.problem}` });
  }
  return { regions, faults, size: { width: map.width, height: map.height } };
}

/** Tells on the first image of labels that no map has. */
function withAbsent(masks: ReadMasks['masks'], labels: readonly string[]): ReadMasks['masks'] {
  const found = new Set(masks.flatMap(({ regions }) => regions.map(({ label }) => label)));
  const absent = labels.filter((label) => !found.has(label)).map((label) => `'${label}'`);
  const problem = `no label map has a pixel of ${absent.join(', ')}, as option values names it`;
  return absent.length === 0 ? masks : toldFirst(masks, problem);
}
