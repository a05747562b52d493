interface Node {
  type: string
  tagName?: string
  properties?: Record<string, unknown>
  children?: Node[]
}

/**
 * A rehype plugin, for whoever reads from right to left or by ear: each block, with its bullets, columns and quotation line,
 * runs in the direction of its own words, code from left to right, and headings stand below the page's own.
 */
export function readable() {
  return (tree: Node): void => {
    for (const block of tree.children ?? []) if (block.properties) block.properties["dir"] = "auto"
    settle(tree)
  }
}

function settle(node: Node): void {
  for (const child of node.children ?? []) {
    const level = Number(/^h([1-6])$/.exec(child.tagName ?? "")?.[1])
    if (child.properties && level) child.properties["ariaLevel"] = Math.max(highest, Math.min(level + 1, 6))
    // With a direction of its own it does not count where a block looks for the first letter of its words.
    if (child.properties && (child.tagName === "code" || child.tagName === "pre")) child.properties["dir"] = "ltr"
    settle(child)
  }
}

/** Above it are the page's title and who says it. Models begin with their first or their second level. */
const highest = 3
