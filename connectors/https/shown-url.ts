/** Says what a URL may show of itself; nothing where it is none. */
export function shownUrl(url: string): string {
  if (!URL.canParse(url)) return ''
  const { origin, pathname } = new URL(url)
  return `${origin}${pathname}`
}
