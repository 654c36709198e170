import { generate } from './check.mjs'

const failure = await generate()
if (failure !== undefined) console.error(failure.output)
process.exitCode = failure === undefined ? 0 : 1
