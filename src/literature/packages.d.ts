// Declarations missing from these packages.

declare module '@citation-js/core' {
  export class Cite {
    constructor(items: readonly object[]);
    format(format: 'bibtex'): string;
    format(
      format: 'bibliography',
      options: { readonly template: 'apa'; readonly lang: 'en-US'; readonly format: 'text' | 'html' } & {
        readonly asEntryArray: true;
      },
    ): [string, string][];
  }
  export const plugins: {
    readonly config: {
      get(name: '@bibtex'): { readonly format: { useIdAsLabel: boolean; checkLabel: boolean } };
    };
  };
}

declare module '@citation-js/plugin-bibtex';
declare module '@citation-js/plugin-csl';
