/** Stores that the sidebar is collapsed, so that the server can render it that way. */
export const foldedCookie = "sidebar-folded"

export function rememberFolded(isFolded: boolean): void {
  const maxAgeSeconds = isFolded ? 365 * 24 * 60 * 60 : 0
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is missing in browsers we support
  document.cookie = `${foldedCookie}=1; path=/; max-age=${maxAgeSeconds}; samesite=lax`
}
