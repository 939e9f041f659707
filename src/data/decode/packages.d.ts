// Declarations missing from these packages.

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
