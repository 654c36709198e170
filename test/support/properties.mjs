import fc from 'fast-check'

// Everywhere else each run looks at other values; CI repeats the same ones, so that a red run can be repeated too.
const fixed = process.env.GUILDHALL_TEST_SEED ?? (process.env.CI === 'true' ? '20261123' : undefined)
if (fixed !== undefined) fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(fixed) })
