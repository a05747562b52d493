import { type Node, textNode } from "./markdown-nodes.ts"

/** Matches citations: `[1]`, or `[1, 2]`. */
const citation = /\[(\d{1,3}(?:, ?\d{1,3})*)\]/g

/**
 * A remark plugin that turns the number of a source into a link. Keeps all characters, so that lines break in the same
 * places when the sources arrive after the text.
 */
export function citations() {
  return (tree: Node): void => turnCitations(tree)
}

function turnCitations(node: Node): void {
  if (!node.children || node.type === "link" || node.type === "linkReference") return
  node.children = node.children.flatMap((child) => {
    turnCitations(child)
    return child.type === "text" && child.value?.includes("[") ? piecesOf(child.value) : [child]
  })
}

function piecesOf(text: string): Node[] {
  const pieces: Node[] = []
  let from = 0
  for (const match of text.matchAll(citation)) {
    pieces.push(textNode(text.slice(from, match.index)))
    from = match.index + match[0].length
    const numbers = match[0].split(/(?<=,) ?/)
    for (const [index, number] of numbers.entries())
      pieces.push(
        { type: "link", url: sourceHref(Number.parseInt(number.replace("[", ""), 10)), children: [textNode(number)] },
        textNode(index < numbers.length - 1 && match[0].includes(", ") ? " " : ""),
      )
  }
  pieces.push(textNode(text.slice(from)))
  return pieces.filter(({ value }) => value !== "")
}

function sourceHref(number: number): string {
  return `#source-${number}`
}

/** @returns the number of the source that a link refers to */
export function citedNumber(href: string | undefined): number | undefined {
  const match = /^#source-(\d{1,3})$/.exec(href ?? "")
  return match?.[1] === undefined ? undefined : Number(match[1])
}
