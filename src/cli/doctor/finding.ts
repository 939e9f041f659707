/** What the doctor found of one thing. */
export interface Finding {
  readonly what: string;
  /** What it is good for; basics are what nothing works without. */
  readonly use: string;
  readonly basic: boolean;
  readonly works: boolean;
  /** What was found, in one line. */
  readonly found: string;
  /** What to do about it. */
  readonly advice?: string;
}
