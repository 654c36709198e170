import { runProgram } from './run-program.ts'

/** Of Debian, with nothing but its own library. */
export const debianPython = '/usr/bin/python3'

/** Runs a program of Python with this as its standard input, and gives the JSON it prints; fails where the program does. */
export async function runPython(program: string, input: string, python = debianPython): Promise<unknown> {
  const { code, output, complaints } = await runProgram(python, ['-c', program], input)
  if (code !== 0) throw new Error(`Python ended with ${String(code)}: ${complaints}`)
  return JSON.parse(output)
}
