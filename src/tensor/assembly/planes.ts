import { place, System } from './system';

/** Writes numbers of 32 bits: so many marks (0 or 1, bytes) times a number. */
export function marks(bytes: usize, count: i32, times: f32, into: usize): void {
  const end = into + (usize(count) << 2);
  for (; into + 16 <= end; bytes += 4, into += 16) {
    const words = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(bytes)));
    v128.store(into, f32x4.mul(f32x4.convert_i32x4_u(words), f32x4.splat(times)));
  }
  for (; into < end; bytes++, into += 4) store<f32>(into, f32(load<u8>(bytes)) * times);
}

/** Writes four planes as a vector. */
export function spread(system: System, planes: usize, vector: usize): void {
  const area = usize(system.height * system.width) << 2;
  const whole = system.width & ~3;
  let from = planes;
  for (let y = 1; y <= system.height; y++) {
    let to = place(vector, y * system.stride + 1);
    for (let x = 0; x < whole; x += 4, from += 16, to += 64) {
      const a = v128.load(from);
      const b = v128.load(from + area);
      const c = v128.load(from + 2 * area);
      const d = v128.load(from + 3 * area);
      const abFirst = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
      const abLast = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
      const cdFirst = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
      const cdLast = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
      v128.store(to, v128.shuffle<f32>(abFirst, cdFirst, 0, 1, 4, 5));
      v128.store(to, v128.shuffle<f32>(abFirst, cdFirst, 2, 3, 6, 7), 16);
      v128.store(to, v128.shuffle<f32>(abLast, cdLast, 0, 1, 4, 5), 32);
      v128.store(to, v128.shuffle<f32>(abLast, cdLast, 2, 3, 6, 7), 48);
    }
    for (let x = whole; x < system.width; x++, from += 4, to += 16)
      for (let c: usize = 0; c < 4; c++) store<f32>(to + (c << 2), load<f32>(from + c * area));
  }
}

/** Writes a vector, a step from it and noise over the removed pixels of planes. */
export function gather(
  system: System,
  vector: usize,
  direction: usize,
  length: f32,
  noise: usize,
  planes: usize,
  count: i32,
): void {
  const area = usize(system.height * system.width) << 2;
  for (let i = 0; i < system.count; i++) {
    const start = system.start(i);
    const end = place(0, system.end(i));
    const y = start / system.stride - 1;
    const first = usize(y * system.width + (start % system.stride) - 1) << 2;
    for (let c = 0; c < count; c++) {
      let to = first + usize(c) * area;
      for (let at = place(0, start) + (usize(c) << 2); at < end; at += 16, to += 4) {
        const value = load<f32>(vector + at) + length * load<f32>(direction + at);
        store<f32>(planes + to, value + load<f32>(noise + to));
      }
    }
  }
}
