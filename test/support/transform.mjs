import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { transform, version } from 'esbuild';

const SELF = readFileSync(fileURLToPath(import.meta.url));
const OPTIONS = { loader: 'ts', format: 'esm', target: 'node20', sourcemap: 'external', sourcesContent: false };

/** How Jest takes the types off a file. `npm run types` checks them, once for the whole tree. */
export default {
  async processAsync(source, file) {
    const { code, map } = await transform(source, { ...OPTIONS, sourcefile: file });
    return { code, map };
  },
  getCacheKey(source, file) {
    return createHash('sha256').update(SELF).update(version).update(file).update('\0').update(source).digest('hex');
  },
};
