type Name = 'GUILDHALL_TEST_DATABASE' | 'GUILDHALL_TEST_TEMPORAL' | 'GUILDHALL_TEST_BUNDLE'

/** Where a server of this test run is; only the project `integration` has them. */
export function testServer(name: Name): string {
  const value = process.env[name]
  if (value !== undefined) return value
  throw new Error(
    `${name} is not set: this test belongs to the project "integration" (*.integration.test.ts or test/integration/)`,
  )
}
