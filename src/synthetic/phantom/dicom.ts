import type { Random } from '../../base/random.js';
import type { Tensor } from '../../tensor/tensor.js';
import { type Element, writeDicom } from './dicomwriter.js';

const DIGITAL_XRAY_FOR_PRESENTATION = '1.2.840.10008.5.1.4.1.1.1.1';

/** Identity of a fictitious patient in the file. De-identification must remove all of it. */
export interface PhantomIdentity {
  readonly patientId: string;
  readonly name: string;
  readonly birthDate: string;
  readonly accession: string;
  readonly study: string;
  readonly series: string;
  readonly instance: string;
}

export function drawIdentity(random: Random): PhantomIdentity {
  const digits = (count: number) => Array.from({ length: count }, () => random.below(10)).join('');
  const hex = (count: number) => Array.from({ length: count }, () => random.below(16).toString(16)).join('');
  const two = (n: number) => String(n).padStart(2, '0');
  const uid = () => `2.25.${1 + random.below(9)}${digits(30)}`;
  return {
    patientId: `${hex(8)}-${hex(4)}-4${hex(3)}-8${hex(3)}-${hex(12)}`,
    name: `Phantom${hex(4)}^Chest${hex(4)}`,
    birthDate: `${1930 + random.below(70)}${two(1 + random.below(12))}${two(1 + random.below(28))}`,
    accession: `ACC${digits(9)}`,
    study: uid(),
    series: uid(),
    instance: uid(),
  };
}

/**
 * Encodes the image as a DICOM file with 8 or 12 bits. Some are inverted (MONOCHROME1), as in real archives.
 */
export function phantomDicom({ data, shape }: Tensor, who: PhantomIdentity, random: Random): Uint8Array {
  const bitsStored = random.uniform() < 0.5 ? 8 : 12;
  const inverted = random.uniform() < 0.2;
  const most = 2 ** bitsStored - 1;
  const values = bitsStored === 8 ? new Uint8Array(data.length) : new Uint16Array(data.length);
  for (let i = 0; i < values.length; i++) values[i] = Math.round((inverted ? 1 - data[i]! : data[i]!) * most);
  const text = (tag: number, vr: Element['vr'], value: string): Element => ({ tag, vr, value });
  return writeDicom({
    rows: shape[0]!,
    columns: shape[1]!,
    bitsStored,
    photometric: inverted ? 'MONOCHROME1' : 'MONOCHROME2',
    values,
    sopClass: DIGITAL_XRAY_FOR_PRESENTATION,
    sopInstance: who.instance,
    elements: [
      text(0x00080008, 'CS', 'DERIVED\\PRIMARY'),
      text(0x00080020, 'DA', '20260101'),
      text(0x00080050, 'SH', who.accession),
      text(0x00080060, 'CS', 'DX'),
      text(0x00080090, 'PN', 'Referrer^None'),
      text(0x00100010, 'PN', who.name),
      text(0x00100020, 'LO', who.patientId),
      text(0x00100030, 'DA', who.birthDate),
      text(0x00100040, 'CS', random.uniform() < 0.5 ? 'F' : 'M'),
      text(0x00181164, 'DS', '1.4\\1.4'),
      text(0x00185101, 'CS', random.uniform() < 0.6 ? 'PA' : 'AP'),
      text(0x0020000d, 'UI', who.study),
      text(0x0020000e, 'UI', who.series),
      text(0x00200013, 'IS', '1'),
      text(0x00281050, 'DS', String((most + 1) / 2)),
      text(0x00281051, 'DS', String(most + 1)),
    ],
  });
}
