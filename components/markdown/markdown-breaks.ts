import type { Node } from "./markdown-nodes.ts"

/**
 * A remark plugin: `<br>`, which models write into tables and between lines, breaks the line. Where it stands alone among
 * words it is spoken of. All other HTML stays what it is to the renderer after it: text.
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
