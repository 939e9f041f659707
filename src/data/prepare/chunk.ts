import { inputError } from '../../base/errors.js';
import { pooled } from '../../base/pool.js';
import { checkpoint, isStopped, type RunContext } from '../../base/run.js';
import type { ProblemKind } from '../record.js';
import type { Recipe } from '../reformulate/reformulation.js';
import type { Transform } from '../sample.js';
import { maskOfEvidence, packBits, regionMasks } from './evidencemask.js';
import { type FindingRuns, runsOfFindings } from './finding-runs.js';
import { type Chunk, imageBytes, maskBytes } from './layout.js';
import { type Decode, decoded, openSource, type Source } from './pictures/source.js';
import { render } from './render.js';
import { safeMessage } from './safemessage.js';
import { type ImageForm, viewOf } from './view.js';

/** Journal entry of a finished chunk, from which an interrupted preparation resumes. */
export interface Entry extends Chunk {
  readonly chunk: number;
  readonly results: readonly RowResult[];
}

/** Result of one row. */
export type RowResult =
  | {
      readonly transform: Transform;
      readonly spacing?: readonly [number, number];
      /** The values that become black and white, where they are the image's own. */
      readonly range?: readonly [number, number];
      /** How many windows or tables of interest its file offers, where there are several. */
      readonly windows?: number;
      readonly mask: boolean;
      readonly runs?: FindingRuns;
      readonly problem?: string;
      readonly kind?: ProblemKind;
    }
  | { readonly transform?: undefined; readonly mask?: undefined; readonly problem: string };

export interface MadeChunk {
  readonly images: Uint8Array;
  readonly masks: Uint8Array;
  readonly results: readonly RowResult[];
}

/** Prepares a run of rows. Each image is decoded once for all of its rows. */
export async function makeChunk(
  recipes: readonly Recipe[],
  form: ImageForm,
  decode: Decode,
  parallel: number,
  run: RunContext,
  advance: () => void,
): Promise<MadeChunk> {
  const pixels = form.channels * form.height * form.width;
  const buffer = new ArrayBuffer(recipes.length * imageBytes(form));
  const values = form.bits === 16 ? new Uint16Array(buffer) : new Uint8Array(buffer);
  const masks = new Uint8Array(recipes.length * maskBytes(form));
  const results: RowResult[] = [];
  await pooled(byImage(recipes), parallel, async (indices) => {
    await checkpoint(run);
    const { record } = recipes[indices[0]!]!;
    try {
      const opened = await openSource(record, decode, run);
      const source = indices.length > 1 ? await decoded(opened, form.channels, form.bits) : opened;
      checkSize(record, source);
      const regions = regionMasks(source.width, source.height);
      for (const index of indices) {
        const recipe = recipes[index]!;
        const view = viewOf(source.width, source.height, recipe.crop, form);
        const isShown = await render(
          source,
          view,
          form,
          values.subarray(index * pixels, (index + 1) * pixels),
        );
        const { transform } = view.frame;
        const made = {
          transform,
          ...(source.spacing && { spacing: source.spacing }),
          ...(source.range && { range: source.range }),
          ...((source.windows ?? 1) > 1 && { windows: source.windows }),
          ...(isShown || recipe.crop !== undefined ? index === indices[0] && toldOf(source) : blank),
        };
        results[index] = { ...made, mask: false };
        try {
          const mask = await maskOfEvidence(recipe, view.frame, regions, source.height);
          if (mask === undefined) continue;
          packBits(mask, masks.subarray(index * maskBytes(form), (index + 1) * maskBytes(form)));
          const runs = await runsOfFindings(recipe, view.frame, regions, source.height);
          results[index] = { ...made, mask: true, ...(runs && { runs }) };
        } catch (error) {
          const problem = `no mask: ${safeMessage(error, record)}`;
          results[index] = { ...made, mask: false, kind: undefined, problem };
        }
      }
    } catch (error) {
      if (isStopped(error)) throw error;
      for (const index of indices) {
        values.fill(0, index * pixels, (index + 1) * pixels);
        masks.fill(0, index * maskBytes(form), (index + 1) * maskBytes(form));
        results[index] = { problem: `left out: ${safeMessage(error, record)}` };
      }
    }
    for (const _ of indices) advance();
  });
  return { images: new Uint8Array(buffer), masks, results };
}

const blank = {
  kind: 'blank',
  problem:
    'all its pixels have one value: it is empty, its window lies beside its values, or it is drawn in its transparency',
} as const;

const toldOf = ({ doubts }: Source): { readonly kind?: ProblemKind; readonly problem?: string } =>
  doubts === undefined ? {} : { kind: 'odd-values', problem: doubts.join('; ') };

/** Row indices grouped by image, in order of the first row. */
function byImage(recipes: readonly Recipe[]): number[][] {
  const images = new Map<string, number[]>();
  for (const [index, { record }] of recipes.entries()) {
    const rows = images.get(record.id);
    if (rows === undefined) images.set(record.id, [index]);
    else rows.push(index);
  }
  return [...images.values()];
}

function checkSize(
  { width, height }: { width?: number; height?: number },
  found: { width: number; height: number },
): void {
  if ((width ?? found.width) === found.width && (height ?? found.height) === found.height) return;
  throw inputError(
    `the image has ${found.width}x${found.height} pixels, its annotations speak of ${width}x${height}`,
  );
}
