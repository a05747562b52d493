import { numbered, readsAsNumber } from "./list-numbers.ts"
import { type Node, paragraph, textNode, withBefore, withPaths } from "./markdown-nodes.ts"

/**
 * A remark plugin that restores text which Markdown would swallow although it was not meant as Markdown. Whatever is
 * clearly Markdown stays Markdown.
 */
export function keepLiteralText() {
  return (tree: Node, file: { toString(): string }): void => {
    const source = String(file)
    restoreIn(tree, { source, referred: identifiersReferredTo(tree) })
  }
}

interface Context {
  source: string
  referred: Set<string>
}

function identifiersReferredTo(node: Node, found = new Set<string>()): Set<string> {
  if (node.identifier && node.type.endsWith("Reference")) found.add(node.identifier)
  for (const child of node.children ?? []) identifiersReferredTo(child, found)
  return found
}

function restoreIn(parent: Node, context: Context): void {
  parent.children = parent.children?.flatMap((node) => {
    if (node.children) restoreIn(node, context)
    const from = node.position?.start.offset
    const to = node.position?.end.offset
    if (from === undefined || to === undefined) return [node]
    const written = context.source.slice(from, to)
    return restored(node, parent, { ...context, written, before: context.source[from - 1] ?? "" })
  })
}

interface Written extends Context {
  written: string
  /** the character in front of the node */
  before: string
}

function restored(node: Node, parent: Node, { source, referred, written, before }: Written): Node[] {
  switch (node.type) {
    case "definition":
    case "footnoteDefinition":
      return [referred.has(node.identifier ?? "") ? node : definitionText(written)]
    case "heading":
      if (isEmpty(node)) return [paragraph(written)]
      // "# of items" means a number of items.
      return [/^#[ \t]+of[ \t]/.test(written) ? withBefore({ ...node, type: "paragraph" }, "# ") : node]
    case "blockquote":
      if (isEmpty(node)) return [paragraph(written)]
      return comparison(node, parent, written)
    case "list":
      if (node.children?.every(isEmpty)) return [paragraph(written)]
      return readsAsNumber(node, written) ? (node.children?.[0]?.children ?? []).map(plus) : [numbered(node, source)]
    case "html":
      return [isBlock(parent) ? paragraph(written) : node]
    case "link":
      return restoredLink(node, written, before)
    case "table":
      return [widened(node)]
    case "text":
      return [withPaths(node, written)]
    default:
      return [node]
  }
}

const isBlock = ({ type }: Node) => ["root", "listItem", "blockquote", "footnoteDefinition"].includes(type)
const isEmpty = ({ children }: Node) => children?.length === 0
const plus = (node: Node, index: number) => (index === 0 ? withBefore(node, "+ ") : node)

/** A definition that no link refers to is a line such as "[Note]: important". Its address stays a link. */
function definitionText(written: string): Node {
  const [, label, address] = /^(\[[^\]]*\]:[ \t]*)(https?:\/\/\S+)$/.exec(written) ?? []
  if (label === undefined || address === undefined) return paragraph(written)
  const link = { type: "link", url: address, children: [textNode(address)] }
  return { type: "paragraph", children: [textNode(label), link] }
}

/** "- > 25" in a list, and ">5" or ">= 5" anywhere, are comparisons and not quotations. */
function comparison(node: Node, parent: Node, written: string): Node[] {
  const [sign] = /^>(?:(?==)|[ \t]?(?=[$€£¥]?\d))/.exec(written) ?? []
  const isComparison = sign !== undefined && (parent.type === "listItem" || sign === ">")
  const [first, ...others] = node.children ?? []
  return isComparison && first ? [withBefore(first, sign), ...others] : [node]
}

/** Keeps the brackets of "Ann <ann@example.org>", and `handlers[i](event)`, which is a function call. */
function restoredLink(node: Node, written: string, before: string): Node[] {
  if (written.startsWith("<") && node.url?.startsWith("mailto:")) return [textNode("<"), node, textNode(">")]
  const isCall = /^[A-Za-z0-9_)\]]$/.test(before) && /^\[[^\]]*\]\([\w\s,'"*+-]*\)$/.test(written)
  return [isCall ? textNode(written) : node]
}

/** Widens a table to its longest row: GFM would drop the cells beyond those of the head. */
function widened(table: Node): Node {
  const widest = Math.max(0, ...(table.children ?? []).map((row) => row.children?.length ?? 0))
  const align = table.align ?? []
  return { ...table, align: [...align, ...Array.from({ length: widest - align.length }, () => null)] }
}
