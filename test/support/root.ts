import { fileURLToPath } from 'node:url';

/** The repository's folder, wherever a test that hangs has left this process. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
