const shared = {
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'es6' } },
    ],
  },
  testEnvironment: 'node',
  setupFiles: ['<rootDir>/test/support/properties.mjs'],
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/.guildhall/'],
}

/** `unit` needs no server; `integration` has one PostgreSQL and one Temporal server for the whole run. */
export default {
  coverageProvider: 'v8',
  workerIdleMemoryLimit: '1GB',
  maxWorkers: 2,
  testSequencer: '<rootDir>/test/support/longest-first.mjs',
  testTimeout: 180_000,
  projects: [
    {
      ...shared,
      displayName: 'unit',
      testMatch: ['<rootDir>/test/**/*.test.ts', '<rootDir>/connectors/**/*.test.ts'],
      testPathIgnorePatterns: [
        '/node_modules/',
        '<rootDir>/test/integration/',
        '<rootDir>/test/replay/',
        '<rootDir>/test/crash/',
        '<rootDir>/test/bench/',
        '<rootDir>/test/browser/',
        '\\.integration\\.test\\.ts$',
      ],
    },
    {
      ...shared,
      displayName: 'integration',
      testMatch: [
        '<rootDir>/test/{integration,replay}/**/*.test.ts',
        '<rootDir>/{test,connectors}/**/*.integration.test.ts',
      ],
      globalSetup: '<rootDir>/test/support/global-setup.mjs',
      globalTeardown: '<rootDir>/test/support/global-teardown.mjs',
    },
  ],
}
