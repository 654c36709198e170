#!/usr/bin/env node
import { runProgram } from './program.ts'
import { processShell } from './shell.ts'

// A reader that stops early (`| head`) is no error of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit()
})

const exitCode = await runProgram(processShell(), process.argv.slice(2))
if (exitCode !== undefined) process.exitCode = exitCode
