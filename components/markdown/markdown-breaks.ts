import type { Node } from "./markdown-nodes.ts"

/**
 * A remark plugin that turns `<br>`, which models write in tables and between lines, into a line break. A `<br>` between
 * words is text about the tag itself, and so is all other HTML.
 */
export function breaksOnly() {
  return (tree: Node): void => turnBreaks(tree, false)
}

function turnBreaks(node: Node, isInTable: boolean): void {
  const children = node.children ?? []
  for (const [index, child] of children.entries()) {
    const isBreak = child.type === "html" && /^<br\s*\/?>$/i.test(child.value ?? "")
    const isAmongWords = endsInSpace(children[index - 1]) && beginsWithSpace(children[index + 1])
    if (isBreak && (isInTable || !isAmongWords)) child.type = "break"
    else turnBreaks(child, isInTable || child.type === "table")
  }
}

const endsInSpace = (node: Node | undefined) => /[^\n] $/.test(node?.value ?? "")
const beginsWithSpace = (node: Node | undefined) => /^ [^\n]/.test(node?.value ?? "")
