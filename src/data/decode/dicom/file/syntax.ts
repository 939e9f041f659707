import { inputError, unsupported } from '../../../../base/errors.js';

export type Compression =
  | 'none'
  | 'rle'
  | 'jpeg'
  | 'jpeg-ls'
  | 'jpeg-2000'
  | 'htj2k'
  /** Each frame is deflated separately (DICOM supplement 244). */
  | 'deflated-frame';

export interface TransferSyntax {
  readonly uid: string;
  readonly explicit: boolean;
  readonly bigEndian: boolean;
  /** The whole data set is deflated. */
  readonly deflated: boolean;
  readonly compression: Compression;
}

const root = '1.2.840.10008.1.2';

const plain = { explicit: true, bigEndian: false, deflated: false, compression: 'none' } as const;

/** By UID suffix after the common root (DICOM PS3.6, table A-1). */
const variants: Readonly<Record<string, Omit<TransferSyntax, 'uid'>>> = {
  '': { ...plain, explicit: false },
  '.1': plain,
  '.1.99': { ...plain, deflated: true },
  '.2': { ...plain, bigEndian: true },
  '.5': { ...plain, compression: 'rle' },
  '.8.1': { ...plain, compression: 'deflated-frame' },
  ...Object.fromEntries(
    [50, 51, 52, 53, 54, 55, 56, 57, 70].map((n) => [`.4.${n}`, { ...plain, compression: 'jpeg' } as const]),
  ),
  '.4.80': { ...plain, compression: 'jpeg-ls' },
  '.4.81': { ...plain, compression: 'jpeg-ls' },
  '.4.90': { ...plain, compression: 'jpeg-2000' },
  '.4.91': { ...plain, compression: 'jpeg-2000' },
  '.4.92': { ...plain, compression: 'jpeg-2000' },
  '.4.93': { ...plain, compression: 'jpeg-2000' },
  '.4.201': { ...plain, compression: 'htj2k' },
  '.4.202': { ...plain, compression: 'htj2k' },
  '.4.203': { ...plain, compression: 'htj2k' },
};

/** The transfer syntax of a UID. Throws `unsupported` for a syntax without supported images. */
export function transferSyntax(uid: string): TransferSyntax {
  if (!/^[0-9.]{1,64}$/.test(uid)) throw inputError('its transfer syntax is not a UID');
  const variant = uid.startsWith(root) ? variants[uid.slice(root.length)] : undefined;
  if (variant !== undefined) return { uid, ...variant };
  const private_ = !uid.startsWith('1.2.840.10008.');
  throw unsupported(
    `transfer syntax ${uid} is ${private_ ? 'a private one' : 'not supported'}; supported are uncompressed, ` +
      'deflated, RLE, JPEG, JPEG-LS, JPEG 2000 and HTJ2K images',
  );
}

export const implicitLittleEndian = transferSyntax(root);
export const explicitLittleEndian = transferSyntax(`${root}.1`);
export const explicitBigEndian = transferSyntax(`${root}.2`);
