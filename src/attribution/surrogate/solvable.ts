import { unsupported } from '../../base/errors.js';
import type { Segments } from '../game/segments.js';

/** The most parts that nobody asked for whose equations are solved: the work grows with the third power. */
export const MOST_SOLVED = 2000;

/**
 * Throws where a linear model over so many parts would take minutes to hours, unless they were asked for.
 * Where an input is no image or volume, each value is a part by default.
 */
export function checkSolvable(players: number, segments: Segments): void {
  if (players <= MOST_SOLVED || !('word' in segments) || segments.word !== 'auto') return;
  throw unsupported(
    `each of the ${players} values or positions of a sample would be a part, and a linear model over more than ${MOST_SOLVED} takes minutes to hours; group them by option segments (a grid such as 1,50, or an array of labels), state the layout where the input is an image, or ask for all by segments=each`,
  );
}
