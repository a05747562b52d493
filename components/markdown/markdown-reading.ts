import type { HtmlNode } from "./markdown-nodes.ts"
/**
 * A rehype plugin for right-to-left text and screen readers. Each block gets the direction of its own text, code is always
 * left to right, headings rank below the page's own, and a checkbox is labelled with its task.
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
    // With its own direction, code does not count when the browser detects the direction of the block.
    if (child.properties && (child.tagName === "code" || child.tagName === "pre")) child.properties["dir"] = "ltr"
    settle(child)
  }
}

/** Excludes nested lists, whose tasks have their own checkboxes. */
function wordsOf({ value, tagName, children = [] }: HtmlNode): string {
  return tagName === "ul" || tagName === "ol" ? "" : (value ?? children.map(wordsOf).join(""))
}

/** The indentation of a numbered list fits two digits; longer numbers need more. */
function digitsOf({ properties, children = [] }: HtmlNode): string[] {
  const items = children.filter(({ tagName }) => tagName === "li")
  const first = Number(properties?.["start"] ?? 1)
  const largest = Math.max(first + items.length - 1, ...items.map((item) => Number(item.properties?.["value"] ?? 0)))
  return largest > 99 ? [`digits-${Math.min(String(largest).length, 9)}`] : []
}

/** The levels above are the page's title and the speaker's name. Models begin with level 1 or 2. */
const highest = 3
