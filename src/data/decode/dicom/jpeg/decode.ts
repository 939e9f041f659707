import { inputError, unsupported } from '../../../../base/errors.js';
import type { CodecFrame } from '../codecframe.js';
import { BitReader } from './bits.js';
import { samplesOf } from './idct.js';
import { decodeLossless } from './lossless.js';
import { decodeScan, type Plane, planesOf } from './scans.js';
import { type Frame, readFrame, readHuffman, readQuantisation, readScan, type Tables } from './segments.js';
import { upsample } from './upsample.js';

/** Work that a hostile frame may ask for: a progressive one of thousands of scans costs a pass each. */
export const scanLimit = 100;

/**
 * A JPEG image's own samples, without any colour transform: baseline, extended and progressive DCT of 8 and 12 bits,
 * and lossless of 2 to 16 bits, with Huffman coding (ITU-T T.81, 1992).
 */
export function decodeJpeg(bytes: Uint8Array): CodecFrame {
  const tables: Tables = { quantisation: [], dc: [], ac: [], restartInterval: 0 };
  let frame: Frame | undefined;
  let planes: Plane[] = [];
  let lossless = new Uint16Array(0);
  let scans = 0;
  const seen = new Set<number>();

  for (let at = 2; at + 2 <= bytes.length; ) {
    if (bytes[at] !== 0xff) {
      at += 1;
      continue;
    }
    const marker = bytes[at + 1]!;
    if (marker === 0xd9) break;
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    if (marker === 0 || marker === 1 || (marker >= 0xd0 && marker <= 0xd8)) {
      at += 2;
      continue;
    }
    const length = ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);
    if (length < 2 || at + 2 + length > bytes.length) break;
    const segment = bytes.subarray(at + 4, at + 2 + length);
    at += 2 + length;
    if (marker === 0xdb) readQuantisation(segment, tables);
    else if (marker === 0xc4) readHuffman(segment, tables);
    else if (marker === 0xdd) tables.restartInterval = (segment[0]! << 8) | segment[1]!;
    else if (marker === 0xcc) throw unsupported('JPEG with arithmetic coding is not supported');
    else if (marker >= 0xc0 && marker <= 0xcf) {
      if (frame !== undefined) throw unsupported('JPEG of several frames is not supported');
      frame = readFrame(marker, segment);
      if (frame.width === 0 || frame.height === 0) throw inputError('its JPEG frame is empty');
      if (frame.kind === 'lossless')
        lossless = new Uint16Array(frame.width * frame.height * frame.components.length);
      else planes = planesOf(frame);
    } else if (marker === 0xda) {
      if (frame === undefined) throw inputError('its JPEG frame has a scan before its size');
      if (++scans > scanLimit) throw inputError(`its JPEG frame has more than ${scanLimit} scans`);
      const scan = readScan(segment, frame);
      const bits = new BitReader(bytes, at);
      if (frame.kind === 'lossless') decodeLossless(bits, frame, scan, tables, lossless);
      else decodeScan(bits, frame, scan, tables, planes);
      for (const { index } of scan.components) seen.add(index);
      at = bits.nextMarker();
    }
  }
  if (frame === undefined || seen.size < frame.components.length) {
    throw inputError('its JPEG frame is cut off before all its channels are there');
  }
  const data = frame.kind === 'lossless' ? lossless : render(frame, planes, tables);
  return {
    data: frame.precision <= 8 ? new Uint8Array(data) : data,
    width: frame.width,
    height: frame.height,
    samples: frame.components.length,
    precision: frame.precision,
    planar: false,
  };
}

function render(frame: Frame, planes: readonly Plane[], tables: Tables): Uint16Array {
  const { width, height, components, hMax, vMax } = frame;
  const count = components.length;
  const out = new Uint16Array(width * height * count);
  components.forEach(({ h, v, table }, index) => {
    const quantisation = tables.quantisation[table];
    if (quantisation === undefined) throw inputError('its JPEG frame lacks a quantisation table');
    if (hMax % h !== 0 || vMax % v !== 0)
      throw unsupported('JPEG with fractional subsampling is not supported');
    const plane = planes[index]!;
    const own = {
      data: samplesOf(plane, quantisation, frame.precision),
      stride: plane.across * 8,
      width: Math.ceil((width * h) / hMax),
      height: Math.ceil((height * v) / vMax),
    };
    const { data, stride } = upsample(own, hMax / h, vMax / v, width, height);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) out[(y * width + x) * count + index] = data[y * stride + x]!;
    }
  });
  return out;
}
