/** Saves a text, or a file of ours, under a name of its own. As plain text: nothing that is saved is opened as a page. */
export function saveAs(filename: string, content: { text: string } | { url: string }): void {
  const made = "text" in content ? URL.createObjectURL(new Blob([content.text], { type: "text/plain" })) : undefined
  const link = document.createElement("a")
  link.href = made ?? ("url" in content ? content.url : "")
  link.download = filename
  link.click()
  // The click has taken it over by the next turn of the loop.
  if (made) setTimeout(() => URL.revokeObjectURL(made), 0)
}
