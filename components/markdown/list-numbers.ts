import type { Node } from "./markdown-nodes.ts"

/** "+ 5" alone is a number with its sign, and no list. */
export function readsAsNumber(list: Node, written: string): boolean {
  return list.children?.length === 1 && /^\+[ \t]+[$€£¥]?\d/.test(written)
}

/** Gives each item the number that it was given: Markdown would count on from the first, whatever the others say. */
export function numbered(list: Node, source: string): Node {
  if (!list.ordered) return list
  const items = list.children ?? []
  const said = items.map(({ position }) =>
    Number.parseInt(source.slice(position?.start.offset).slice(0, mostDigits), 10),
  )
  const first = said[0] ?? 1
  // Who numbers all of them alike leaves it to us to count.
  const isLazy = said.length > 1 && said.every((number) => number === first)
  if (isLazy || said.every((number, index) => number === first + index)) return list
  return { ...list, children: items.map((item, index) => withValue(item, said[index])) }
}

function withValue(item: Node, value: number | undefined): Node {
  return { ...item, data: { ...item.data, hProperties: { ...item.data?.hProperties, value } } }
}

const mostDigits = 9
