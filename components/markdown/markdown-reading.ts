import type { HtmlNode } from "./markdown-nodes.ts"
/**
 * A rehype plugin, for whoever reads from right to left or by ear: each block, with its bullets, columns and quotation line,
 * runs in the direction of its own words, code from left to right, headings stand below the page's own, and a box to tick
 * has the name of its task.
 */
export function readable() {
  return (tree: HtmlNode): void => {
    for (const block of tree.children ?? []) if (block.properties) block.properties["dir"] = "auto"
    settle(tree)
  }
}

function settle(node: HtmlNode): void {
  for (const child of node.children ?? []) {
    const level = Number(/^h([1-6])$/.exec(child.tagName ?? "")?.[1])
    if (child.properties && level) child.properties["ariaLevel"] = Math.max(highest, Math.min(level + 1, 6))
    if (child.properties && child.tagName === "ol") child.properties["className"] = digitsOf(child)
    if (child.tagName === "input" && child.properties) child.properties["ariaLabel"] = wordsOf(node).trim()
    // With a direction of its own it does not count where a block looks for the first letter of its words.
    if (child.properties && (child.tagName === "code" || child.tagName === "pre")) child.properties["dir"] = "ltr"
    settle(child)
  }
}

/** Of a task alone: those below it have boxes of their own. */
function wordsOf({ value, tagName, children = [] }: HtmlNode): string {
  return tagName === "ul" || tagName === "ol" ? "" : (value ?? children.map(wordsOf).join(""))
}

/** The room in front of a numbered list is made for two digits: longer numbers ask for more. */
function digitsOf({ properties, children = [] }: HtmlNode): string[] {
  const items = children.filter(({ tagName }) => tagName === "li")
  const first = Number(properties?.["start"] ?? 1)
  const largest = Math.max(first + items.length - 1, ...items.map((item) => Number(item.properties?.["value"] ?? 0)))
  return largest > 99 ? [`digits-${Math.min(String(largest).length, 9)}`] : []
}

/** Above it are the page's title and who says it. Models begin with their first or their second level. */
const highest = 3
