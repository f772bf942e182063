/**
 * `contact-sync/sandbox`: a contacts API on this machine, to rehearse and test against.
 *
 * ```js
 * import { startSandbox } from 'contact-sync/sandbox';
 *
 * const sandbox = await startSandbox({ contacts: 50, faults: [{ kind: '503', probability: 0.05 }] });
 * // sandbox.url and sandbox.key are what a client needs; sandbox.log has every request that came.
 * await sandbox.close();
 * ```
 */
export { startSandbox, type Sandbox } from './start-sandbox.js';
export type { SandboxOptions } from './options.js';
export type { Fault, FaultKind } from './faults.js';
export type { RateLimit } from './rate-limit.js';
export type { LogEntry } from './request-log.js';
