export { type AuditReport, type AuditRequest, audit, checks } from './audit.js';
export type { AuditInput } from './checks/audited.js';
export type { Finding } from './checks/check.js';
export { auditPrepared } from './prepared.js';
export { drawSheets } from './sheets.js';
export { auditTable } from './table.js';
