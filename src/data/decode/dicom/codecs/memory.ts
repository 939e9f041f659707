const pageBytes = 65_536;

/**
 * Holds every WebAssembly memory of this thread within the bytes that are allowed last; a codec that asks for
 * more is told that there is none. `refused` says whether that happened since. The JPEG codec's memory grows
 * without asking, up to 2 GiB, but by no more than the size in a frame's checked header needs.
 */
export function limitMemory(): { allow(bytes: number): void; refused(): boolean } {
  const { prototype } = WebAssembly.Memory;
  const { grow } = prototype;
  let most = Number.POSITIVE_INFINITY;
  let refused = false;
  prototype.grow = function (pages) {
    if (this.buffer.byteLength + pages * pageBytes > most) {
      refused = true;
      throw new RangeError('no more memory is allowed');
    }
    return grow.call(this, pages);
  };
  return {
    allow(bytes) {
      most = bytes;
      refused = false;
    },
    refused: () => refused,
  };
}
