import { fileURLToPath } from 'node:url'
import { describe, expect, it, jest } from '@jest/globals'
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker'

jest.setTimeout(60_000)

describe('the workflow bundle', () => {
  it('holds none of the modules of Node', async () => {
    const { code } = await bundle('../../workflows/index.ts')

    expect(code.match(/require\("(node:)?(fs|net|crypto|child_process|process|os|path|http|https)"\)/g)).toBeNull()
  })

  it('is refused when a workflow imports one', async () => {
    await expect(bundle('./forbidden/index.ts')).rejects.toThrow(/Webpack finished with errors/)
  })
})

async function bundle(path: string) {
  const workflowsPath = fileURLToPath(new URL(path, import.meta.url))
  return bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR', () => undefined) })
}
