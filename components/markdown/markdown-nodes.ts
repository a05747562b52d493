import { decodeString } from "micromark-util-decode-string"

/** A node of a Markdown tree, with the fields that our plugins look at. */
export interface Node {
  type: string
  value?: string
  url?: string
  identifier?: string
  start?: number | null
  ordered?: boolean | null
  align?: (string | null)[] | null
  children?: Node[]
  data?: { hProperties?: Record<string, unknown> }
  position?: { start: { offset?: number }; end: { offset?: number } }
}

/** A node of the HTML tree that a Markdown tree becomes. */
export interface HtmlNode {
  type: string
  value?: string
  tagName?: string
  properties?: Record<string, unknown>
  children?: HtmlNode[]
}

export function textNode(value: string): Node {
  return { type: "text", value }
}

/** Makes a paragraph of literal text that keeps its line breaks. */
export function paragraph(written: string): Node {
  const lines = written.trimEnd().split("\n")
  const children = lines.flatMap((line, index) => [...(index > 0 ? [{ type: "break" }] : []), textNode(line)])
  return { type: "paragraph", children }
}

export function withBefore(node: Node, text: string): Node {
  return { ...node, children: [textNode(text), ...(node.children ?? [])] }
}

/** Keeps the backslashes of Windows paths, which Markdown would treat as escapes. */
export function withPaths(node: Node, written: string): Node {
  if (!path.test(written) || decodeString(written) !== node.value) return node
  const pieces = written.split(path).map((piece, index) => (index % 2 === 1 ? piece : decodeString(piece)))
  return { ...node, value: pieces.join("") }
}

/** Matches `C:\new\*`, or `\\server\share`. */
const path = /((?<![A-Za-z0-9])[A-Za-z]:\\[^\s"'<>|]*|(?<!\S)\\\\[\w.-][^\s"'<>|]*)/
