export { benchOptions, benchPrepare, type PrepareBench } from './bench.js';
export { type Inspection, inspectPrepared } from './inspect.js';
export { archiveLines, inspectionTable } from './inspecttable.js';
export type { Manifest, PreparedRow } from './layout.js';
export { openPrepared, type Prepared, readPrepared, verifyPrepared } from './open.js';
export type { Decode } from './pictures/source.js';
export type { PrepareRequest } from './plan.js';
export { prepare, readManifest } from './prepare.js';
export { imageOptions } from './view.js';
