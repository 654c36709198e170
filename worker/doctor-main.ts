import { examine } from './doctor.ts'

process.stdout.write(JSON.stringify(await examine({ home: process.env['GUILDHALL_HOME'] ?? '.guildhall' })))
