import { inputError, unsupported } from '../../../../base/errors.js';
import { type HuffmanTable, huffmanTable } from './huffman.js';

export interface Component {
  readonly id: number;
  readonly h: number;
  readonly v: number;
  readonly table: number;
}

export interface Frame {
  readonly kind: 'sequential' | 'progressive' | 'lossless';
  readonly precision: number;
  readonly width: number;
  readonly height: number;
  readonly components: readonly Component[];
  readonly hMax: number;
  readonly vMax: number;
}

/** The tables that are in force; segments between the scans replace them. */
export interface Tables {
  readonly quantisation: (Uint16Array | undefined)[];
  readonly dc: (HuffmanTable | undefined)[];
  readonly ac: (HuffmanTable | undefined)[];
  restartInterval: number;
}

export interface Scan {
  readonly components: readonly { readonly index: number; readonly dc: number; readonly ac: number }[];
  /** First and last coefficient; the first is the predictor of a lossless scan. */
  readonly first: number;
  readonly last: number;
  /** Successive approximation: the bit before and the bit now; the latter is a lossless scan's point transform. */
  readonly high: number;
  readonly low: number;
}

const kinds: Readonly<Record<number, Frame['kind']>> = {
  192: 'sequential',
  193: 'sequential',
  194: 'progressive',
  195: 'lossless',
};

const cutOff = () => inputError('its JPEG frame is cut off within its header');

/** SOFn (T.81 B.2.2). */
export function readFrame(marker: number, segment: Uint8Array): Frame {
  const kind = kinds[marker];
  if (kind === undefined) {
    throw unsupported(`JPEG process SOF${marker - 0xc0} (hierarchical or arithmetic) is not supported`);
  }
  const count = segment[5] ?? 0;
  if (segment.length < 6 + 3 * count || count === 0) throw cutOff();
  const precision = segment[0]!;
  const precisions =
    kind === 'lossless' ? precision >= 2 && precision <= 16 : precision === 8 || precision === 12;
  if (!precisions) throw inputError(`its JPEG frame claims ${precision} bits per sample`);
  const components = Array.from({ length: count }, (_, i) => {
    const at = 6 + 3 * i;
    const sampling = segment[at + 1]!;
    return { id: segment[at]!, h: sampling >> 4, v: sampling & 15, table: segment[at + 2]! };
  });
  if (count > 4 || components.some(({ h, v }) => h < 1 || h > 4 || v < 1 || v > 4)) {
    throw inputError('its JPEG frame has impossible components');
  }
  return {
    kind,
    precision,
    height: (segment[1]! << 8) | segment[2]!,
    width: (segment[3]! << 8) | segment[4]!,
    components,
    hMax: Math.max(...components.map(({ h }) => h)),
    vMax: Math.max(...components.map(({ v }) => v)),
  };
}

/** DQT (B.2.4.1); values stay in zigzag order. */
export function readQuantisation(segment: Uint8Array, tables: Tables): void {
  for (let at = 0; at < segment.length; ) {
    const { wide, slot } = { wide: segment[at]! >> 4, slot: segment[at]! & 15 };
    const size = wide === 0 ? 64 : 128;
    if (slot > 3 || wide > 1 || at + 1 + size > segment.length) throw cutOff();
    const values = segment.subarray(at + 1, at + 1 + size);
    tables.quantisation[slot] = Uint16Array.from({ length: 64 }, (_, i) =>
      wide === 0 ? values[i]! : (values[2 * i]! << 8) | values[2 * i + 1]!,
    );
    at += 1 + size;
  }
}

/** DHT (B.2.4.2). */
export function readHuffman(segment: Uint8Array, tables: Tables): void {
  for (let at = 0; at < segment.length; ) {
    const slot = segment[at]! & 15;
    const counts = segment.subarray(at + 1, at + 17);
    const total = counts.reduce((sum, n) => sum + n, 0);
    if (slot > 3 || segment[at]! >> 4 > 1 || total > 256 || at + 17 + total > segment.length) throw cutOff();
    const table = huffmanTable(counts, segment.subarray(at + 17, at + 17 + total));
    (segment[at]! >> 4 === 0 ? tables.dc : tables.ac)[slot] = table;
    at += 17 + total;
  }
}

/** SOS (B.2.3). */
export function readScan(segment: Uint8Array, frame: Frame): Scan {
  const count = segment[0] ?? 0;
  if (count < 1 || count > 4 || segment.length < 4 + 2 * count) throw cutOff();
  const components = Array.from({ length: count }, (_, i) => {
    const index = frame.components.findIndex(({ id }) => id === segment[1 + 2 * i]);
    if (index < 0) throw inputError('a scan of its JPEG frame names a component that the frame lacks');
    const slots = segment[2 + 2 * i]!;
    return { index, dc: (slots >> 4) & 3, ac: slots & 3 };
  });
  if (new Set(components.map(({ index }) => index)).size < count) {
    throw inputError('a scan of its JPEG frame names a component twice');
  }
  const at = 1 + 2 * count;
  const approximation = segment[at + 2]!;
  return {
    components,
    first: segment[at]!,
    last: segment[at + 1]!,
    high: approximation >> 4,
    low: approximation & 15,
  };
}
