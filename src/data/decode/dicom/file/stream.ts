import { type ByteArrayParser, ByteStream } from 'dicom-parser';
import { inputError } from '../../../../base/errors.js';

/** Value representations with 32-bit lengths that dicom-parser does not know, mapped to one that it knows. */
const long64: Readonly<Record<string, string>> = { OV: 'OL', SV: 'OL', UV: 'OL' };

/**
 * A dicom-parser stream with an element budget. Each element and item takes one of `elements`, so that a file
 * of millions of empty elements throws instead of exhausting the heap.
 */
export class BudgetStream extends ByteStream {
  #left: number;

  constructor(parser: ByteArrayParser, bytes: Uint8Array, position: number, elements: number) {
    super(parser, bytes, position);
    this.#left = elements;
    const { readFixedString, readUint32 } = this;
    this.readFixedString = (length) => {
      this.#spend();
      const text = readFixedString.call(this, length);
      return length === 2 ? (long64[text] ?? text) : text;
    };
    this.readUint32 = () => {
      this.#spend();
      return readUint32.call(this);
    };
  }

  #spend(): void {
    if (this.#left-- <= 0) throw inputError('it holds more data elements than the limit allows');
  }
}
