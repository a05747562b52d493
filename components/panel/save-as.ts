/** Saves a text or an uploaded file. Texts are saved as plain text, so that none is opened as a page. */
export function saveAs(filename: string, content: { text: string } | { url: string }): void {
  const made = "text" in content ? URL.createObjectURL(new Blob([content.text], { type: "text/plain" })) : undefined
  const link = document.createElement("a")
  link.href = made ?? ("url" in content ? content.url : "")
  link.download = filename
  link.click()
  // By then the click has started the download.
  if (made) setTimeout(() => URL.revokeObjectURL(made), 0)
}
