import { availableParallelism } from 'node:os';

/** ESM and TypeScript: the `test` script gives node the --experimental-vm-modules flag that this needs. */
export default {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: {
    '^(\\.{1,2}/.*)\\.js$': '$1',
    // The ESM build imports JSON in a way that Jest warns of, each time.
    '^libphonenumber-js/max$': '<rootDir>/node_modules/libphonenumber-js/max/index.cjs',
  },
  // Types are checked once for the whole tree by `npm run types`; here they are only stripped.
  transform: { '^.+\\.ts$': '<rootDir>/test/support/transform.mjs' },
  // A guard against what hangs, however busy the machine is: no test measures time.
  testTimeout: 300_000,
  // Some tests wait for a time to pass: another one works meanwhile.
  maxWorkers: 2 * availableParallelism(),
  // Each file loads the code anew, and a worker keeps some of it.
  workerIdleMemoryLimit: '1500MB',
};
