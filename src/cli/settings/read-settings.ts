/* All that reads settings, for the commands that have some: loaded at once, and by no other command. */
export { checkVariables, readEnvFile } from './env.js';
export { inHome } from './home-path.js';
export { readJob } from './job-file.js';
export { resolveSettings, trustsEnvFile } from './resolve.js';
export { isTold } from './is-told.js';
export { hidePasswords } from './passwords.js';
