import type { Print } from '../../prepare/pictures/print.js';
import { channelNames } from '../../prepare/pictures/raster.js';
import { type Form, formsOf, type Likeness, likenessOf } from './views.js';

/** A picture as it is compared with others. */
export interface Compared {
  readonly forms: readonly Form[];
  readonly isColoured: boolean;
  /** Its red and its blue. They are made when they are first asked for. */
  readonly channels: () => readonly { readonly how: string; readonly forms: readonly Form[] }[];
}

export function comparedAs(print: Print): Compared {
  let made: ReturnType<Compared['channels']> | undefined;
  return {
    forms: formsOf(print),
    isColoured: print.channels !== undefined,
    channels: () => {
      made ??= channelNames.map((name) => ({
        how: `its ${name} alone`,
        forms: formsOf({ ...print, small: print.channels![name], panels: [] }, [0]),
      }));
      return made;
    },
  };
}

/** The best likeness of two pictures, or of a channel of a coloured one and one without colours. */
export function bestLikeness(a: Compared, b: Compared, bits: number, enough: number): Likeness {
  const whole = likenessOf(a.forms, b.forms, bits);
  if (whole.score >= enough || a.isColoured === b.isColoured) return whole;
  const [coloured, grey] = a.isColoured ? [a, b] : [b, a];
  return coloured.channels().reduce<Likeness>((best, { how, forms }) => {
    const found = likenessOf(forms, grey.forms, bits);
    return found.score > best.score
      ? { score: found.score, how: [how, found.how].filter(Boolean).join(', ') }
      : best;
  }, whole);
}
