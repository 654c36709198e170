import type { ConfigDocument } from '../config/document.ts'
import type { ConfigKind } from '../model/config-object.ts'

type Named<K extends ConfigKind> = Extract<ConfigDocument, { kind: K }>

/** Makes a document. */
export function documentOf<K extends ConfigKind>(
  kind: K,
  metadata: Named<K>['metadata'],
  spec: Named<K>['spec'],
): { readonly apiVersion: 'guildhall/v1'; readonly kind: K } & Pick<Named<K>, 'metadata' | 'spec'> {
  return { apiVersion: 'guildhall/v1', kind, metadata, spec }
}

/** Makes the path of a file that is named after documents: what begins with a dot would not be read, and no name holds a percent sign. */
export function fileFor(folder: string, name: string): string {
  const visible = (part: string) => part.replace(/^\./, '%2E')
  return `${folder.split('/').map(visible).join('/')}/${visible(name)}.yaml`
}
