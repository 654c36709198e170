import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

/** Of Debian, with nothing but its own library. */
export const debianPython = '/usr/bin/python3'

/** Runs a program of Python with this as its standard input, and gives the JSON it prints. */
export async function runPython(program: string, input: string, python = debianPython): Promise<unknown> {
  const running = promisify(execFile)(python, ['-c', program], { maxBuffer: 2 ** 28 })
  running.child.stdin?.on('error', () => undefined)
  running.child.stdin?.end(input)
  const { stdout } = await running
  return JSON.parse(stdout)
}
