import * as annotations from './annotations.js';
import * as arrays from './arrays.js';
import * as images from './images.js';
import type { FuzzKind } from './kind.js';
import { onnx } from './onnx.js';
import * as prepared from './prepared.js';

/** All kinds of input by name. */
export const kinds: ReadonlyMap<string, FuzzKind> = new Map(
  [onnx, images, arrays, annotations, prepared]
    .flatMap((part): FuzzKind[] => ('read' in part ? [part] : Object.values(part)))
    .map((kind) => [kind.name, kind]),
);
