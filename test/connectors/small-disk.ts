import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Whether a small file system can be mounted here, which takes root and its rights. */
export async function canMount(): Promise<boolean> {
  if (process.getuid?.() !== 0) return false
  const folder = await mkdtemp(join(tmpdir(), 'mount-'))
  try {
    await withSmallDisk(folder, async () => undefined)
    return true
  } catch {
    return false
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Works on a file system of 256 KB at `folder`. */
export async function withSmallDisk(folder: string, work: () => Promise<void>): Promise<void> {
  await mkdir(folder, { recursive: true })
  await run('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', folder])
  try {
    await work()
  } finally {
    await run('umount', [folder])
  }
}
