/** The distributions of jStat that are used here. */
declare module 'jstat' {
  export const jStat: {
    readonly normal: {
      inv(p: number, mean: number, std: number): number;
    };
    readonly studentt: { inv(p: number, degrees: number): number };
    readonly tukey: {
      inv(p: number, groups: number, degrees: number): number;
    };
    /** The regularised incomplete beta function. */
    ibeta(x: number, a: number, b: number): number;
    erfc(x: number): number;
  };
}
