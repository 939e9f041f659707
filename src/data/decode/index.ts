export { decodeDicom } from './dicom/decode.js';
export { attributeNames, hashIdentifier } from './dicom/deidentify.js';
export { isDicom } from './dicom/file/sniff.js';
export { decodeFile } from './file.js';
export type { Attributes, DecodedImage, DecodeOptions, DisplayImage, Window } from './image/decoded.js';
export { type DecodeLimits, defaultLimits } from './image/limits.js';
export { decodePicture } from './picture.js';
export { decodeVolume, type VolumeOptions } from './volume.js';
