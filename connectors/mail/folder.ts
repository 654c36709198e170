import { mkdir, open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { compose } from './compose.ts'
import type { MailTransport } from './transport.ts'

/** Builds a transport that puts each mail into a folder as a file `<message id>.eml`, for a machine without a mail server. */
export function createMailFolder({ folder, from }: { readonly folder: string; readonly from: string }): MailTransport {
  return {
    send: async (message, mayEnd) => {
      const path = join(folder, `${message.messageId.replace(/@.*$/, '')}.eml`)
      const temporary = `${path}.part`
      await mkdir(folder, { recursive: true })
      const file = await open(temporary, 'w', 0o600)
      try {
        await file.writeFile(await compose(message, from))
        await file.sync()
      } finally {
        await file.close()
      }
      if (!(await mayEnd())) {
        await rm(temporary, { force: true })
        return { kind: 'stopped' }
      }
      await rename(temporary, path)
      return { kind: 'sent', reply: `written to ${path}` }
    },
    close: () => undefined,
  }
}
