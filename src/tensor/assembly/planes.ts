import { place, System } from './system';

/** Writes four planes as a vector: 0 for removed pixels. */
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
  system.clear(vector);
}

/** Writes a vector and noise over the removed pixels of planes. */
export function gather(system: System, vector: usize, noise: usize, planes: usize, count: i32): void {
  const area = usize(system.height * system.width) << 2;
  for (let i = 0; i < system.count; i++) {
    const start = system.start(i);
    const end = place(vector, system.end(i));
    const y = start / system.stride - 1;
    const first = usize(y * system.width + (start % system.stride) - 1) << 2;
    for (let c = 0; c < count; c++) {
      let to = first + usize(c) * area;
      for (let at = place(vector, start) + (usize(c) << 2); at < end; at += 16, to += 4)
        store<f32>(planes + to, load<f32>(at) + load<f32>(noise + to));
    }
  }
}
