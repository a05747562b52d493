interface Node {
  type: string
  value?: string
  children?: Node[]
}

/**
 * A remark plugin: `<br>`, which models write into tables, breaks the line.
 * All other HTML stays what it is to the renderer after it: text.
 */
export function breaksOnly() {
  return (tree: Node): void => turnBreaks(tree)
}

function turnBreaks(node: Node): void {
  for (const child of node.children ?? []) {
    if (child.type === "html" && /^<br\s*\/?>$/i.test(child.value ?? "")) child.type = "break"
    else turnBreaks(child)
  }
}
