import type { DataSet } from 'dicom-parser';
import type { StoredArray, Window } from '../../image/decoded.js';
import type { Layout } from '../file/layout.js';
import { decimal, firstItem, frameGroup } from './groups.js';
import { paddingTest } from './padding.js';
import { lookUp, readTable } from './table.js';
import { rangeFunction, type WindowShape, windowFunction } from './window.js';

type Step = (value: number) => number;

/** How rescaled values become display values, and which become 0 and 1 where those depend on the file. */
interface Interest {
  readonly step: Step;
  readonly range?: Range;
  /** How many windows or tables the file offers, of which this is the first. */
  readonly offered?: number;
}

interface Range {
  readonly low: number;
  readonly high: number;
}

/**
 * Display values in [0, 1], the rescaled values that become 0 and 1, and how many windows or tables the file
 * offers, of which the first is applied.
 */
export interface Shown {
  readonly units: Float32Array;
  readonly range?: Range;
  readonly offered?: number;
}

/**
 * Converts monochrome stored values to [0, 1], 0 black: modality table or rescale, then VOI table or window,
 * then inversion of MONOCHROME1 and of an inverse presentation table (PS3.3 C.11.6). Without a window, values
 * of up to 8 bits map from their full range, others from the frame's minimum and maximum. Padding and
 * non-finite values become 0.
 */
export function greyToUnit(
  stored: StoredArray,
  data: DataSet,
  layout: Layout,
  frame: number,
  override: Window | undefined,
): Shown {
  const isPadding = paddingTest(data, layout.signed);
  const modality = modalityStep(data, layout.signed, frame);
  const interest =
    (override === undefined ? interestStep(data, layout, frame) : windowed(override, 'LINEAR')) ??
    fullRange(stored, layout, modality, isPadding);
  const invert =
    layout.photometric === 'MONOCHROME1' || data.string('x20500020')?.trim().toUpperCase() === 'INVERSE';
  const units = mapValues(stored, (value) => {
    if (isPadding(value)) return 0;
    const unit = interest.step(modality(value));
    if (!Number.isFinite(unit)) return 0;
    return invert ? 1 - unit : unit;
  });
  const { range, offered } = interest;
  return {
    units,
    ...(range && { range: invert ? { low: range.high, high: range.low } : range }),
    ...(offered !== undefined && { offered }),
  };
}

function windowed(window: Window, shape: WindowShape): Interest {
  const step = windowFunction(window, shape);
  if (shape === 'SIGMOID') return { step };
  const low = window.center - window.width / 2;
  return { step, range: { low, high: low + window.width - (shape === 'LINEAR' ? 1 : 0) } };
}

/** The slope and the intercept that rescale a frame's stored values. */
export function rescaleOf(data: DataSet, frame: number): readonly [slope: number, intercept: number] {
  const group = frameGroup(data, frame, 'x00289145');
  return [decimal(group, 'x00281053') ?? 1, decimal(group, 'x00281052') ?? 0];
}

function modalityStep(data: DataSet, signed: boolean, frame: number): Step {
  const item = firstItem(data, 'x00283000');
  const table = item && readTable(item, 'x00283002', 'x00283006', signed);
  if (table !== undefined) return (value) => lookUp(table, value);
  const [slope, intercept] = rescaleOf(data, frame);
  return slope === 1 && intercept === 0 ? (value) => value : (value) => value * slope + intercept;
}

/**
 * The VOI step. A table takes precedence over a window: vendors store the curve of their workstation in it.
 */
function interestStep(data: DataSet, layout: Layout, frame: number): Interest | undefined {
  const item = firstItem(data, 'x00283010');
  const table = item && readTable(item, 'x00283002', 'x00283006', layout.signed || hasNegatives(data));
  if (table !== undefined) {
    const largest = 2 ** table.bits - 1;
    const offered = data.elements.x00283010?.items?.length ?? 1;
    return { step: (value) => Math.min(1, lookUp(table, value) / largest), offered };
  }
  const group = frameGroup(data, frame, 'x00289132');
  const center = decimal(group, 'x00281050');
  const width = decimal(group, 'x00281051');
  if (center === undefined || width === undefined || width <= 0) return undefined;
  const named = group.string('x00281056')?.trim();
  const shape: WindowShape = named === 'SIGMOID' || named === 'LINEAR_EXACT' ? named : 'LINEAR';
  if (shape === 'LINEAR' && width < 1) return undefined;
  return { ...windowed({ center, width }, shape), offered: valuesOf(group, 'x00281050') };
}

const valuesOf = (data: DataSet, tag: string): number => data.string(tag)?.split('\\').length ?? 0;

/** Whether a frame states a window that is none, such as one of width 0, where no table takes precedence. */
export function isWindowVoid(data: DataSet, layout: Layout, frame: number): boolean {
  const group = frameGroup(data, frame, 'x00289132');
  const states = ['x00281050', 'x00281051'].some((tag) => (group.string(tag)?.trim() ?? '') !== '');
  return states && interestStep(data, layout, frame) === undefined;
}

/** The input of a VOI table is signed where the rescale intercept is negative. */
const hasNegatives = (data: DataSet): boolean => (decimal(data, 'x00281052') ?? 0) < 0;

function fullRange(
  stored: StoredArray,
  layout: Layout,
  modality: Step,
  isPadding: (v: number) => boolean,
): Interest {
  if (layout.numeric === 'integer' && layout.bitsStored <= 8 && !layout.signed) {
    const ends = [modality(0), modality(2 ** layout.bitsStored - 1)];
    return { step: rangeFunction(Math.min(...ends), Math.max(...ends)) };
  }
  let low = Infinity;
  let high = -Infinity;
  for (const value of stored) {
    if (!Number.isFinite(value) || isPadding(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const ends = [modality(low), modality(high)];
  const range = { low: Math.min(...ends), high: Math.max(...ends) };
  return { step: rangeFunction(range.low, range.high), ...(range.high > range.low && { range }) };
}

/** Maps every value; for up to 16 bits each distinct value is computed once. */
function mapValues(stored: StoredArray, step: Step): Float32Array {
  const out = new Float32Array(stored.length);
  if (stored.BYTES_PER_ELEMENT > 2) {
    for (let i = 0; i < stored.length; i++) out[i] = step(stored[i]!);
    return out;
  }
  const known = new Float32Array(65536).fill(Number.NaN);
  for (let i = 0; i < stored.length; i++) {
    const value = stored[i]!;
    let unit = known[value & 0xffff]!;
    if (Number.isNaN(unit)) {
      unit = step(value);
      known[value & 0xffff] = unit;
    }
    out[i] = unit;
  }
  return out;
}
