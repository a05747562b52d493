/** Replaces a text by nodes that contain the same text, and keeps what the user has selected of it. */
export function replaceText(text: Text, replacement: DocumentFragment): void {
  const selection = document.getSelection()
  const { anchorNode, anchorOffset = 0, focusNode, focusOffset = 0 } = selection ?? {}
  const parts = textsIn(replacement)
  text.replaceWith(replacement)
  if (!anchorNode || !focusNode || (anchorNode !== text && focusNode !== text)) return
  const [anchor, anchorAt] = anchorNode === text ? placeIn(parts, anchorOffset) : [anchorNode, anchorOffset]
  const [focus, focusAt] = focusNode === text ? placeIn(parts, focusOffset) : [focusNode, focusOffset]
  if (anchor && focus) selection?.setBaseAndExtent(anchor, anchorAt, focus, focusAt)
}

function textsIn(root: Node): Text[] {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT)
  const found: Text[] = []
  while (walker.nextNode()) if (walker.currentNode instanceof Text) found.push(walker.currentNode)
  return found
}

/**
 * Finds a position that is counted over several texts.
 * @returns the text that it is in, and the offset there
 */
function placeIn(texts: Text[], offset: number): [Text | undefined, number] {
  let at = offset
  const text = texts.find(({ length }) => {
    if (at <= length) return true
    at -= length
    return false
  })
  return [text, at]
}
