/** ESM and TypeScript: the `test` script gives node the --experimental-vm-modules flag that this needs. */
export default {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  // Types are checked once for the whole tree by `npm run types`; here they are only stripped.
  transform: { '^.+\\.ts$': ['ts-jest', { useESM: true, tsconfig: 'test/tsconfig.json', diagnostics: false }] },
  testTimeout: 60_000,
  maxWorkers: 2,
};
