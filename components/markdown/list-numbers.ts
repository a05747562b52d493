import type { Node } from "./markdown-nodes.ts"

/** A lone "+ 5" is a number with its sign, not a list. */
export function readsAsNumber(list: Node, written: string): boolean {
  return list.children?.length === 1 && /^\+[ \t]+[$€£¥]?\d/.test(written)
}

/** Numbers each item as it was written: Markdown would count up from the first, whatever the other numbers are. */
export function numbered(list: Node, source: string): Node {
  if (!list.ordered) return list
  const items = list.children ?? []
  const written = items.map(({ position }) =>
    Number.parseInt(source.slice(position?.start.offset).slice(0, maxDigits), 10),
  )
  const first = written[0] ?? 1
  // A list with the same number everywhere leaves counting to the renderer.
  const isUncounted = written.length > 1 && written.every((number) => number === first)
  if (isUncounted || written.every((number, index) => number === first + index)) return list
  return { ...list, children: items.map((item, index) => withValue(item, written[index])) }
}

function withValue(item: Node, value: number | undefined): Node {
  return { ...item, data: { ...item.data, hProperties: { ...item.data?.hProperties, value } } }
}

const maxDigits = 9
