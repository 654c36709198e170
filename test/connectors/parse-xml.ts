import { SaxesParser } from 'saxes'

/** An element with what is in it. */
export interface XmlElement {
  readonly name: string
  readonly text: string
  readonly children: readonly XmlElement[]
  /** The text of the first child of this name. */
  textOf(name: string): string
  /** The children of the first child of this name. */
  within(name: string): readonly XmlElement[]
}

/** Reads XML into its elements; fails where it is not well-formed. */
export function parseXml(xml: string): readonly XmlElement[] {
  const parser = new SaxesParser()
  const open: { name: string; text: string; children: XmlElement[] }[] = [{ name: '', text: '', children: [] }]
  parser.on('error', (error) => {
    throw error
  })
  parser.on('opentag', ({ name }) => void open.push({ name, text: '', children: [] }))
  parser.on('text', (text) => {
    const element = open.at(-1)
    if (element !== undefined) element.text += text
  })
  parser.on('closetag', () => {
    const element = open.pop()
    if (element !== undefined) open.at(-1)?.children.push(elementOf(element))
  })
  parser.write(xml).close()
  return open[0]?.children ?? []
}

function elementOf(parts: Pick<XmlElement, 'name' | 'text' | 'children'>): XmlElement {
  const first = (name: string): XmlElement | undefined => parts.children.find((child) => child.name === name)
  return { ...parts, textOf: (name) => first(name)?.text ?? '', within: (name) => first(name)?.children ?? [] }
}
