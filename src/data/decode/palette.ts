import { inputError, type SightlineError } from '../../base/errors.js';

/** The error of a picture whose palette has no colour for a pixel, which decoders show as any. */
export const noColour = (colours: number, index: number): SightlineError =>
  inputError(
    `its palette has ${colours} colours, and a pixel has the colour of number ${index}, counted from 0`,
  );
