import { GuildhallError } from '../../core/errors.ts'
import type { InputFile } from '../../core/import/input.ts'
import { decodeFile } from './decode-file.ts'
import { lineStarts, positionAt } from './lines.ts'
import { parseYaml } from './parse-yaml.ts'
import { offsetOf } from './plain.ts'

/** The largest file that is imported. */
const largestBytes = 67_108_864

/** Reads the YAML documents of a file that is imported, with their lines. IMPORT_REFUSED, with the line, for what is not plain YAML. */
export function readYamlInput(file: string, bytes: Uint8Array): InputFile[] {
  const decoded = decodeFile(bytes, largestBytes)
  const starts = lineStarts(decoded.text)
  const refuse = (offset: number, message: string): GuildhallError => {
    const { line } = positionAt(file, starts, offset)
    return new GuildhallError('IMPORT_REFUSED', `Cannot read ${file}:${line}: ${message}`, { facts: { file, line } })
  }
  if (decoded.kind === 'refused') throw refuse(decoded.offset, decoded.message)
  const parsed = parseYaml(decoded.text)
  if (parsed.kind === 'refused') throw refuse(parsed.offset, parsed.message)
  return parsed.documents.map(({ value, offset, faults: [fault] }) => {
    if (fault !== undefined) throw refuse(fault.offset, fault.message)
    const lineOf: InputFile['lineOf'] = (path) =>
      positionAt(file, starts, offsetOf(parsed.offsets, value, { path, on: 'key' }) ?? offset).line
    return { file, value, lineOf }
  })
}
