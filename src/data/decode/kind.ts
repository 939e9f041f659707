/** Hexadecimal signatures of files that are not a supported image, and their names. */
const beginnings: readonly (readonly [hex: string, what: string])[] = [
  ['504b0304', 'a zip archive'],
  ['504b0506', 'an empty zip archive'],
  ['1f8b', 'a gzip archive'],
  ['425a68', 'a bzip2 archive'],
  ['fd377a585a00', 'an xz archive'],
  ['28b52ffd', 'a zstd archive'],
  ['377abcaf271c', 'a 7z archive'],
  ['526172211a07', 'a RAR archive'],
  ['25504446', 'a PDF document'],
  ['894844460d0a1a0a', 'an HDF5 or MATLAB file'],
  ['4d41544c41422035', 'a MATLAB file'],
  ['934e554d5059', 'a NumPy array (.npy)'],
  ['38425053', 'a Photoshop file'],
  ['0000000c6a502020', 'a JPEG 2000 picture'],
  ['ff4fff51', 'a JPEG 2000 picture'],
  ['5041523150415231', 'a Parquet table'],
  ['50415231', 'a Parquet table'],
  ['4e525244', 'an NRRD volume'],
  ['ffd8fff7', 'a JPEG-LS picture'],
  ['ff0a', 'a JPEG XL picture'],
  ['0000000c4a584c20', 'a JPEG XL picture'],
  ['762f3101', 'an OpenEXR picture'],
  ['00000100', 'an icon (ICO)'],
  ['41542654464f524d', 'a DjVu document'],
  ['d0cf11e0a1b11ae1', 'an old Office document'],
  ['53514c69746520666f726d617420', 'an SQLite database'],
  ['4152524f5731', 'an Arrow or Feather table'],
  ['8004', 'a pickled Python object'],
  ['8005', 'a pickled Python object'],
];

/** What Office programs write is a zip archive of parts with these names. */
const office = /\[Content_Types\]\.xml|(xl|word|ppt)\/|mimetypeapplication\/vnd\.oasis/;

/** Names the kind of an unsupported file by its first 512 bytes; `undefined` where unknown. */
export function kindOf(head: Uint8Array): string | undefined {
  if (head.length === 0) return 'empty';
  const hex = Buffer.from(head.subarray(0, 16)).toString('hex');
  const known = beginnings.find(([beginning]) => hex.startsWith(beginning));
  const text = Buffer.from(head.subarray(0, 512)).toString('latin1');
  if (known !== undefined)
    return hex.startsWith('504b') && office.test(text)
      ? 'an Office document, such as an Excel workbook'
      : known[1];
  if (text.slice(257, 262) === 'ustar') return 'a tar archive';
  if (/^ftyp(heic|heix|hevc|mif1|msf1|avif|avis)/.test(text.slice(4))) return 'a HEIC or AVIF picture';
  if (text.slice(4, 8) === 'ftyp') return 'a video (MP4)';
  if (/^n\+1\0/.test(text.slice(344, 348))) return 'a NIfTI volume';
  if (/^ni1\0/.test(text.slice(344, 348)))
    return 'the header of a NIfTI pair (.hdr, .img), to be saved as one file';
  if (/^ObjectType\s*=/.test(text)) return 'a MetaImage volume';
  if (/^P7\s/.test(text)) return 'a portable arbitrary map (PAM)';
  if (/^P[fF]\s/.test(text)) return 'a portable float map (PFM)';
  if (/^\s*(<!doctype html|<html)/i.test(text)) return 'a web page (HTML)';
  if (/<svg[\s>]/i.test(text)) return 'an SVG drawing';
  if (/^version https:\/\/git-lfs/.test(text)) return 'a Git LFS pointer, not the file itself';
  if (/^\s*<\?xml/.test(text)) return 'an XML file';
  if (/^[\t\n\r\x20-\x7e]+$/.test(text)) return 'a text file';
  return undefined;
}

/** Whether what `kindOf` named is no text that tables or annotations may be in. */
export const isForeign = (kind: string | undefined): kind is string =>
  beginnings.some(([, what]) => what === kind) || /^(an Office|a Git LFS)/.test(kind ?? '');

/** Whether `kindOf` named an archive. */
export const isArchive = (kind: string | undefined): kind is string => kind?.endsWith(' archive') === true;
