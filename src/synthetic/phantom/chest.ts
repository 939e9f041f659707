import type { Anatomy } from './anatomy.js';

/** Density of the broad structures at one position, and the fraction of lung. */
export interface Broad {
  readonly density: number;
  readonly lung: number;
}

const OUTSIDE: Broad = { density: 0.01, lung: 0 };

/** Soft tissue, heart, lungs and diaphragm: all structures wider than a few pixels. */
export function broadAt(a: Anatomy, u: number, v: number): Broad {
  const body = bodyAt(a, u, v);
  if (body <= 0.002) return OUTSIDE;
  const side = u < 0 ? 0 : 1;
  const heart = heartAt(a, u, v);
  const abdomen = step(v - domeAt(a, u, side), 0.008) * step(0.86 - Math.abs(u), 0.04);
  const mediastinum =
    step(a.mediastinum * (0.75 + 0.5 * v) - fromSpine(a, u, v), 0.018) * step(v - 0.05, 0.05);
  const lung = lungAt(a, u, v, side);
  const aerated = lung * (1 - 0.85 * heart) * (1 - 0.8 * mediastinum);
  const density =
    0.3 * body * (1 + 0.25 * a.adipose) +
    0.15 * heart +
    0.17 * mediastinum +
    0.22 * abdomen * body +
    hila(u, v) * lung -
    0.2 * bubbleAt(a, u, v) -
    0.235 * aerated +
    0.02 * step(v - 0.25, 0.2);
  return { density, lung: aerated };
}

/** Bones and the aortic knob at one position inside the body. */
export function fineAt(a: Anatomy, u: number, v: number): number {
  if (Math.abs(u) > 0.9) return 0;
  const ribs = 0.085 * posteriorRibs(a, u, v) + 0.032 * anteriorRibs(a, u, v);
  return (
    knobAt(a, u, v) +
    spineAt(fromSpine(a, u, v), v) +
    a.ribs.strength * ribs * step(0.84 - Math.abs(u), 0.02) +
    0.14 * clavicles(u, v)
  );
}

const fromSpine = ({ bend }: Anatomy, u: number, v: number) =>
  Math.abs(u) > 0.5 ? Math.abs(u) : Math.abs(u - bend * Math.sin(v * 5));

function bodyAt(a: Anatomy, u: number, v: number): number {
  const neck = 0.24 + 0.05 * a.adipose;
  const shoulder = step(v - 0.085 - 0.05 * Math.abs(u), 0.02);
  const width = neck + (a.bodyWidth + 0.12 * a.adipose * v - neck) * shoulder;
  const edge = Math.abs(u) / (width + 0.14 * step(0.3 - v, 0.06) * shoulder);
  return edge < 1 ? Math.sqrt(1 - edge * edge * edge * edge * edge * edge) : 0;
}

function domeAt({ domes }: Anatomy, u: number, side: number): number {
  const from = (Math.abs(u) - 0.4) / 0.42;
  return domes[side]! + 0.16 * from * from * (from > 0 ? 1 : 0.45);
}

function lungAt(a: Anatomy, u: number, v: number, side: number): number {
  const inner = 0.13 + 0.05 * v;
  const centre = inner + a.lungWidth;
  const [ru, rv] = [a.lungWidth * (0.72 + 0.5 * Math.min(v, 0.75)), 0.46];
  const x = (Math.abs(u) - centre) / ru;
  const y = (v - a.apex - rv) / rv;
  const up = Math.max(-y, 0);
  const inside = 1 - (x * x * Math.sqrt(Math.abs(x)) + up * up * Math.sqrt(up));
  return step(inside, 0.06) * step(domeAt(a, u, side) - v, 0.006) * (0.8 + 0.2 * ball(x * x));
}

/** An ellipsoid on the diaphragm, its tip to the patient's left, blurred by the heartbeat. */
function heartAt({ heart }: Anatomy, u: number, v: number): number {
  const [x, y] = [u - heart.u, v - heart.v];
  const along = (x + 0.35 * y) / (heart.ru * (x > 0 ? 1.08 : 0.92));
  const across = (y - 0.16 * x) / (heart.rv * (y < 0 ? 1.25 : 0.95));
  const r2 = along * along + across * across;
  return step(1 - r2, 0.13) * (0.7 + 0.3 * ball(r2));
}

function knobAt({ knob }: Anatomy, u: number, v: number): number {
  if (Math.abs(v - 0.31) > 0.15) return 0;
  return 0.1 * step(1 - ((u - 0.12) / knob) ** 2 - ((v - 0.31) / (knob * 0.75)) ** 2, 0.15);
}

function spineAt(middle: number, v: number): number {
  if (middle > 0.18) return 0;
  const disc = Math.abs(((v * 15) % 1) - 0.5) * 2;
  const bone = step(0.075 - middle, 0.012) * (0.075 - 0.035 * step(disc - 0.8, 0.06));
  const process = 0.03 * Math.exp(-((middle / 0.014) ** 2)) * step(0.5 - disc, 0.12);
  return bone + process;
}

/**
 * Ribs from the spine outwards, first slightly up, then down around the side. Ribs do not touch, so only the
 * nearest counts.
 */
function posteriorRibs({ ribs }: Anatomy, u: number, v: number): number {
  const x = Math.abs(u);
  if (x < 0.07 || x > 0.84) return 0;
  const rise = 0.03 * Math.sin(Math.min(1, x / 0.3) * 1.5);
  const start = ribs.first - rise + 1.5 * ribs.slope * x * x;
  const apart = ribs.step + 0.045 * x * x;
  const i = Math.round((v - start) / apart);
  if (Math.abs(v - start - i * apart) > 0.019) return 0;
  const reach = Math.min(0.84, 0.42 + 0.09 * i);
  if (i < 0 || i > 9 || x > reach) return 0;
  return tube(Math.abs(v - start - i * apart), 0.0165) * (0.75 + 0.35 * (x / reach) ** 3);
}

/** Fainter ribs from the side down to the middle, ending where the cartilage begins. */
function anteriorRibs({ ribs }: Anatomy, u: number, v: number): number {
  const x = Math.abs(u);
  if (x < 0.3) return 0;
  const across = 0.82 - x;
  const start = ribs.first + 0.05 + 0.42 * across - 0.3 * across * across;
  const i = Math.round((v - start) / (ribs.step * 1.2));
  if (i < 0 || i > 5) return 0;
  const d = Math.abs(v - start - i * ribs.step * 1.2);
  return tube(d, 0.018) * step(x - 0.36 - 0.02 * i, 0.03);
}

function clavicles(u: number, v: number): number {
  const x = Math.abs(u);
  if (x < 0.05 || x > 0.75 || v > 0.25) return 0;
  const axis = 0.175 - 0.1 * x + 0.035 * Math.sin(x * 7);
  return tube(Math.abs(v - axis), 0.02 - 0.006 * Math.sin(x * 4)) * step(x - 0.09, 0.01);
}

function hila(u: number, v: number): number {
  if (v < 0.2 || v > 0.7) return 0;
  const at = (cu: number, cv: number) => Math.exp(-(((u - cu) / 0.075) ** 2 + ((v - cv) / 0.07) ** 2));
  return 0.1 * (at(-0.23, 0.45) + at(0.23, 0.42));
}

function bubbleAt({ bubble }: Anatomy, u: number, v: number): number {
  if (bubble < 0.45) return 0;
  return step(1 - ((u - 0.42) / (0.09 + 0.06 * bubble)) ** 2 - ((v - 0.865) / 0.035) ** 2, 0.2);
}

/** A smooth step from 0 below the edge to 1 above it, about `softness` wide on both sides. */
function step(x: number, softness: number): number {
  const t = x / softness;
  if (t > 8) return 1;
  return t < -8 ? 0 : 1 / (1 + Math.exp(-t));
}

/** Path length of a ray through a unit ball at distance `r` from its centre. */
const ball = (r2: number): number => (r2 < 1 ? Math.sqrt(1 - r2) : 0);

/** Density of a tube, such as a bone, at distance `d` from its axis: dense walls and a lighter core. */
function tube(d: number, radius: number): number {
  const r = d / radius;
  if (r >= 1.15) return 0;
  const wall = Math.exp(-(((r - 0.85) / 0.22) ** 2));
  return 0.55 * ball(r * r) + 0.45 * wall;
}
