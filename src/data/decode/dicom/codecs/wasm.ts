import { inputError, SightlineError } from '../../../../base/errors.js';
import type { CodecFrame } from '../file/codestream.js';

/** The common interface of the codec packages' decoders. */
export interface WasmDecoder {
  getEncodedBuffer(length: number): Uint8Array;
  getDecodedBuffer(): Uint8Array;
  decode(): void;
  getFrameInfo(): {
    readonly width: number;
    readonly height: number;
    readonly bitsPerSample: number;
    readonly componentCount: number;
    readonly isSigned?: boolean;
  };
  getInterleaveMode?(): number;
  delete(): void;
}

export interface WasmModule {
  readonly HEAPU8: Uint8Array;
  getExceptionMessage?(pointer: number): unknown;
  readonly [decoder: string]: unknown;
}

export type WasmFactory = (settings: {
  print(line: string): void;
  printErr(line: string): void;
}) => Promise<WasmModule>;

/** A module is replaced once its memory exceeds this many bytes: WebAssembly memory never shrinks. */
const heapLimit = 2 ** 28;
/** C++ exceptions leak their objects, so a module is replaced after this many. */
const failureLimit = 64;

/** Loads a codec. The returned function decodes one frame synchronously. */
export type Codec = () => Promise<(encoded: Uint8Array) => CodecFrame>;

/**
 * A codec that loads on first use. A module that aborted or trapped is discarded, so that a damaged frame
 * does not affect the next one.
 */
export function wasmCodec(load: () => Promise<WasmFactory>, decoderName: string): Codec {
  let running: Promise<WasmModule> | undefined;
  let failures = 0;
  const start = async () => (await load())({ print() {}, printErr() {} });

  return async () => {
    running ??= start();
    const module = await running;
    return (encoded) => {
      try {
        return decodeWith(module, decoderName, encoded);
      } catch (error) {
        const trapped = error instanceof Error && !(error instanceof SightlineError);
        if (trapped || ++failures >= failureLimit) {
          running = undefined;
          failures = 0;
        }
        throw error instanceof SightlineError ? error : inputError('its frame is damaged', error);
      } finally {
        if (module.HEAPU8.length > heapLimit) running = undefined;
      }
    };
  };
}

function decodeWith(module: WasmModule, decoderName: string, encoded: Uint8Array): CodecFrame {
  const decoder = new (module[decoderName] as new () => WasmDecoder)();
  try {
    decoder.getEncodedBuffer(encoded.length).set(encoded);
    decoder.decode();
    const { width, height, bitsPerSample, componentCount, isSigned = false } = decoder.getFrameInfo();
    const length = width * height * componentCount;
    const bytes = decoder.getDecodedBuffer();
    if (length === 0 || bytes.length < length * (bitsPerSample > 8 ? 2 : 1)) {
      throw inputError('its frame is damaged (the codec gave too few samples)');
    }
    return {
      data: samplesOf(bytes.slice().buffer, length, bitsPerSample > 8, isSigned),
      width,
      height,
      samples: componentCount,
      precision: bitsPerSample,
      planar: componentCount > 1 && decoder.getInterleaveMode?.() === 0,
    };
  } finally {
    deleteQuietly(decoder);
  }
}

function samplesOf(buffer: ArrayBuffer, length: number, wide: boolean, signed: boolean) {
  if (wide) return signed ? new Int16Array(buffer, 0, length) : new Uint16Array(buffer, 0, length);
  return signed ? new Int8Array(buffer, 0, length) : new Uint8Array(buffer, 0, length);
}

/** After an abort the destructor aborts too; the first error is the one to report. */
function deleteQuietly(decoder: WasmDecoder): void {
  try {
    decoder.delete();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
  }
}
