import type { Constant } from '../graph/graph.js';

/** Execution providers of ONNX Runtime by the names of `--engine`. */
export type Provider = 'cpu' | 'cuda' | 'webgpu';

/** What the engine asks of its worker thread, and what comes back under the same `id`. */
export type Question =
  | {
      readonly kind: 'compile';
      readonly program: number;
      readonly model: Uint8Array;
      readonly provider: Provider;
      /** Cores for one run; all of them where it is 0. */
      readonly threads: number;
      /** Whether channels may be kept in blocks, which is faster and rounds otherwise. */
      readonly blocked: boolean;
      readonly carry: Readonly<Record<string, string>>;
      readonly state: Readonly<Record<string, Constant>>;
    }
  | {
      readonly kind: 'run';
      readonly program: number;
      readonly feeds: Readonly<Record<string, Constant>>;
      readonly outputs: readonly string[] | undefined;
    }
  | { readonly kind: 'state'; readonly program: number }
  | { readonly kind: 'release'; readonly program: number };

export type Asked = Question & { readonly id: number };

export type Answer =
  | { readonly id: number; readonly arrays: Readonly<Record<string, Constant>> }
  | { readonly id: number; readonly error: string };
