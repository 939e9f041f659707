import { inputError } from '../../../../base/errors.js';

/** Bits of an entropy-coded segment, the stuffed zero bytes behind 0xFF removed; stops at any marker. */
export class BitReader {
  #bits = 0;
  #count = 0;
  /** Zero bits that stand for what lies beyond the end of the segment. */
  #invented = 0;

  constructor(
    readonly bytes: Uint8Array,
    public position: number,
  ) {}

  /** The next `n` <= 16 bits without taking them. */
  peek(n: number): number {
    if (this.#count < n) this.#fill();
    return (this.#bits >>> (this.#count - n)) & ((1 << n) - 1);
  }

  /** Takes `n` bits that were peeked at. */
  skip(n: number): void {
    this.#count -= n;
  }

  take(n: number): number {
    if (n === 0) return 0;
    const value = this.peek(n);
    this.#count -= n;
    return value;
  }

  /** `n` bits as a signed difference (T.81 F.2.2.1, EXTEND). */
  takeSigned(n: number): number {
    if (n === 0) return 0;
    const value = this.take(n);
    return value < 1 << (n - 1) ? value - (1 << n) + 1 : value;
  }

  /** Drops what is left of the segment and goes behind the restart marker that must follow. */
  restart(): void {
    const at = this.nextMarker();
    const marker = this.bytes[at + 1];
    if (marker === undefined || marker < 0xd0 || marker > 0xd7)
      throw inputError('its JPEG frame lacks a restart');
    this.position = at + 2;
    this.#bits = this.#count = this.#invented = 0;
  }

  /** Where the next marker stands, at or behind the current position. */
  nextMarker(): number {
    const { bytes } = this;
    let at = this.position;
    while (at < bytes.length && !(bytes[at] === 0xff && bytes[at + 1] !== 0 && bytes[at + 1] !== 0xff)) at++;
    return at;
  }

  #fill(): void {
    const { bytes } = this;
    if (this.#invented > this.#count) throw inputError('its JPEG frame is cut off or damaged');
    while (this.#count <= 24) {
      let byte = bytes[this.position];
      if (byte === 0xff) {
        if (bytes[this.position + 1] === 0) this.position += 2;
        else byte = undefined;
      } else if (byte !== undefined) this.position += 1;
      if (byte === undefined) this.#invented += 8;
      this.#bits = (this.#bits << 8) | (byte ?? 0);
      this.#count += 8;
    }
  }
}
