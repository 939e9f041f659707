export type { DecodedImage, DecodeOptions, DisplayImage, Window } from './decoded.js';
export { decodeDicom } from './dicom/decode.js';
export { type Attributes, attributeNames, hashIdentifier } from './dicom/deidentify.js';
export { isDicom } from './dicom/sniff.js';
export { decodeFile } from './file.js';
export { type DecodeLimits, defaultLimits } from './limits.js';
export { decodePicture } from './picture.js';
