const pageBytes = 65_536;

/**
 * Limits every WebAssembly memory of this thread to the bytes of the last `allow` call; growth beyond them
 * fails. `refused` returns whether that happened since the call. The limit does not cover the JPEG codec,
 * whose memory grows internally up to 2 GiB, but by no more than the checked frame size needs.
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
