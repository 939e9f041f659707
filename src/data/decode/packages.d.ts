// Declarations missing from these packages and from Node.

declare namespace WebAssembly {
  const Memory: { readonly prototype: { readonly buffer: ArrayBuffer; grow(pages: number): number } };
}

declare module 'dicom-parser' {
  export const DataSet: new (
    parser: ByteArrayParser,
    bytes: ByteArray,
    elements: Record<string, Element>,
  ) => DataSet;
}

declare module '@cornerstonejs/codec-charls/decodewasmjs' {
  const factory: import('./dicom/codecs/wasm.js').WasmFactory;
  export default factory;
}

declare module '@cornerstonejs/codec-openjpeg/decodewasmjs' {
  const factory: import('./dicom/codecs/wasm.js').WasmFactory;
  export default factory;
}

declare module '@cornerstonejs/codec-openjph/wasmjs' {
  const factory: import('./dicom/codecs/wasm.js').WasmFactory;
  export default factory;
}
