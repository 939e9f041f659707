import { DIAGONAL, DIRECT, System } from './system';
import { add, half } from './vectors';

/**
 * Galerkin's system on every second pixel of every second row: P'AP, where P interpolates linearly between
 * them and is 0 outside the system; first along the rows, then along the columns. `narrow` is the memory of
 * what is on every second column only. Four pixels are written at once; those over the end of a row get 0, as
 * the border has.
 */
export function coarsen(fine: System, narrow: System, coarse: System): void {
  if (fine.linked) alongRows(fine, narrow);
  else alongRowsOfPixels(fine, narrow);
  alongColumns(narrow, coarse);
  coarse.findRuns();
}

/** Too little to hold a correction apart from those of its neighbours. */
const TOO_LITTLE: f32 = 1e-5;

function quarter(a: v128): v128 {
  return f32x4.mul(a, f32x4.splat(0.25));
}

/** Every second of eight numbers. */
function second(at: usize): v128 {
  return v128.shuffle<f32>(v128.load(at), v128.load(at, 16), 0, 2, 4, 6);
}

/** Whether pixels are in the system: every second of eight. */
function present(system: System, at: usize): v128 {
  return f32x4.gt(second(system.diagonal + at), f32x4.splat(0));
}

function direct(a: v128, b: v128): v128 {
  return v128.and(v128.and(a, b), f32x4.splat(DIRECT));
}

function diagonal(a: v128, b: v128): v128 {
  return v128.and(v128.and(a, b), f32x4.splat(DIAGONAL));
}

/** The system on every second column, of pixels that are linked by their neighbours' weights. */
function alongRowsOfPixels(fine: System, narrow: System): void {
  const row = usize(fine.stride) << 2;
  for (let y = 1; y <= narrow.height; y++) {
    let before = usize(y * fine.stride) << 2;
    const end = usize(y * narrow.stride + 1 + narrow.width) << 2;
    for (let to = usize(y * narrow.stride + 1) << 2; to < end; to += 16, before += 32) {
      const under = before + row;
      const w = present(fine, before);
      const own = present(fine, before + 4);
      const e = present(fine, before + 8);
      const sw = present(fine, under);
      const s = present(fine, under + 4);
      const se = present(fine, under + 8);
      const right = direct(own, e);
      const left = direct(w, own);
      const d = second(fine.diagonal + before + 8);
      const sides = quarter(add(second(fine.diagonal + before), d));
      const sum = add(second(fine.diagonal + before + 4), sides);
      v128.store(narrow.diagonal + to, f32x4.sub(sum, add(left, right)));
      const links = add(right, direct(e, present(fine, before + 12)));
      v128.store(narrow.right + to, f32x4.sub(half(links), quarter(d)));
      const west = direct(w, sw);
      const east = direct(e, se);
      const below = add(direct(own, s), quarter(add(west, east)));
      const belowRight = diagonal(own, se);
      const belowLeft = diagonal(own, sw);
      const aslant = add(add(diagonal(w, s), belowRight), add(belowLeft, diagonal(e, s)));
      v128.store(narrow.below + to, add(below, half(aslant)));
      const nextRight = add(belowRight, diagonal(e, present(fine, under + 12)));
      v128.store(narrow.belowRight + to, add(half(nextRight), quarter(east)));
      const nextLeft = add(belowLeft, diagonal(w, present(fine, under - 4)));
      v128.store(narrow.belowLeft + to, add(half(nextLeft), quarter(west)));
    }
  }
}

/** The system on every second column. */
function alongRows(fine: System, narrow: System): void {
  for (let y = 1; y <= narrow.height; y++) {
    let before = usize(y * fine.stride) << 2;
    const end = usize(y * narrow.stride + 1 + narrow.width) << 2;
    for (let to = usize(y * narrow.stride + 1) << 2; to < end; to += 16, before += 32) {
      const at = before + 4;
      const after = before + 8;
      const d = second(fine.diagonal + after);
      const e = second(fine.right + at);
      const s = second(fine.below + after);
      const se = second(fine.belowRight + at);
      const sw = second(fine.belowLeft + at);
      const north = second(fine.below + before);
      const own = add(second(fine.diagonal + at), quarter(add(second(fine.diagonal + before), d)));
      v128.store(narrow.diagonal + to, f32x4.sub(own, add(second(fine.right + before), e)));
      v128.store(narrow.right + to, f32x4.sub(half(add(e, second(fine.right + after))), quarter(d)));
      const aslant = add(add(second(fine.belowRight + before), se), add(sw, second(fine.belowLeft + after)));
      const below = add(second(fine.below + at), quarter(add(north, s)));
      v128.store(narrow.below + to, add(below, half(aslant)));
      const belowRight = half(add(se, second(fine.belowRight + after)));
      v128.store(narrow.belowRight + to, add(belowRight, quarter(s)));
      const belowLeft = half(add(sw, second(fine.belowLeft + before)));
      v128.store(narrow.belowLeft + to, add(belowLeft, quarter(north)));
    }
  }
}

/**
 * The system on every second row: the same with rows for columns, but that a link below left is then one
 * above right.
 */
function alongColumns(fine: System, coarse: System): void {
  const row = usize(fine.stride) << 2;
  for (let y = 1; y <= coarse.height; y++) {
    let at = usize((2 * y - 1) * fine.stride + 1) << 2;
    const end = usize(y * coarse.stride + 1 + coarse.width) << 2;
    for (let to = usize(y * coarse.stride + 1) << 2; to < end; to += 16, at += 16) {
      const before = at - row;
      const after = at + row;
      const d = v128.load(fine.diagonal + after);
      const s = v128.load(fine.below + at);
      const e = v128.load(fine.right + after);
      const se = v128.load(fine.belowRight + at);
      const sw = v128.load(fine.belowLeft + at);
      const sides = quarter(add(v128.load(fine.diagonal + before), d));
      const links = add(v128.load(fine.below + before), s);
      const own = f32x4.sub(add(v128.load(fine.diagonal + at), sides), links);
      const enough = f32x4.gt(own, f32x4.splat(TOO_LITTLE));
      v128.store(coarse.diagonal + to, v128.and(own, enough));
      v128.store(coarse.below + to, f32x4.sub(half(add(s, v128.load(fine.below + after))), quarter(d)));
      const aslant = add(
        add(v128.load(fine.belowRight + before), se),
        add(v128.load(fine.belowLeft + before, 4), v128.load(fine.belowLeft + at, 4)),
      );
      const right = add(v128.load(fine.right + at), quarter(add(v128.load(fine.right + before), e)));
      v128.store(coarse.right + to, add(right, half(aslant)));
      const belowRight = half(add(se, v128.load(fine.belowRight + after)));
      v128.store(coarse.belowRight + to, add(belowRight, quarter(e)));
      const belowLeft = half(add(sw, v128.load(fine.belowLeft + after)));
      v128.store(coarse.belowLeft + to, add(belowLeft, quarter(v128.load(fine.right + after - 4))));
    }
  }
}
