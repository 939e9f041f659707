/** What red says in the maps of a report, of a class or of a regression's number. */
export const meaningOfRed = (regression: boolean, what = 'class'): string =>
  regression
    ? 'red raises the predicted number, blue lowers it'
    : `red speaks for the ${what}, blue against it`;
