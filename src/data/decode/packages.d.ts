// What these packages export but declare nothing about.

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

declare module '@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs' {
  const factory: import('./dicom/codecs/wasm.js').WasmFactory;
  export default factory;
}
