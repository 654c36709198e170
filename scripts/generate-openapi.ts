import { writeFile } from 'node:fs/promises'
import { describeApi } from '../api/describe.ts'

await writeFile(new URL('../schemas/api/openapi.json', import.meta.url), await describeApi())
