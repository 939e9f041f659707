// Declarations missing from Node's types.

declare namespace WebAssembly {
  interface Memory {
    readonly buffer: ArrayBuffer;
    grow(pages: number): number;
  }
  const Memory: { readonly prototype: Memory };
  interface Global {
    readonly value: number;
  }
  const Module: new (bytes: Uint8Array) => object;
  const Instance: new (module: object) => { readonly exports: object };
}
