// Four numbers of 32 bits.

export function add(a: v128, b: v128): v128 {
  return f32x4.add(a, b);
}

export function sub(a: v128, b: v128): v128 {
  return f32x4.sub(a, b);
}

export function twice(a: v128): v128 {
  return f32x4.add(a, a);
}

export function half(a: v128): v128 {
  return f32x4.mul(a, f32x4.splat(0.5));
}

export function sum(a: v128): f64 {
  return (
    f64(f32x4.extract_lane(a, 0)) +
    f64(f32x4.extract_lane(a, 1)) +
    f64(f32x4.extract_lane(a, 2)) +
    f64(f32x4.extract_lane(a, 3))
  );
}
