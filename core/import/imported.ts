import type { ConfigDocument } from '../config/document.ts'

/** A place in what is imported; lines count from 1. */
interface InputPlace {
  readonly file: string
  readonly line: number
}

/** Something of the input that is not in the repository, or not as it was, and why. */
export interface Note extends InputPlace {
  /** Such as `team "sig-release"`. */
  readonly what: string
  readonly why: string
}

/** A file to write: its path from the root of the repository, and its documents. */
export interface ImportedFile {
  readonly path: string
  readonly documents: readonly ConfigDocument[]
  /** Texts of files that the documents name, by their paths from this file. */
  readonly beside?: ReadonlyMap<string, string>
}

/** What an importer makes of its input. */
export interface Imported {
  readonly files: readonly ImportedFile[]
  readonly changed: readonly Note[]
  readonly leftOut: readonly Note[]
}

/** What is told while input is read, in the order in which it comes. */
export interface Notes {
  readonly changed: Note[]
  readonly leftOut: Note[]
}

/** Begins to take notes. */
export function noNotes(): Notes {
  return { changed: [], leftOut: [] }
}

/** Notes something about a place. */
export function noteOfPlace({ file, line }: InputPlace, what: string, why: string): Note {
  return { file, line, what, why }
}
