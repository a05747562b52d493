// @vitest-environment jsdom
import { renderToStaticMarkup } from "react-dom/server"
import { expect, test } from "vitest"
import { MarkdownBlocks } from "#components/markdown/markdown-blocks.tsx"
import { markFormulas } from "#components/markdown/maths/marked-formulas.ts"
import { settled } from "#components/markdown/unsettled.ts"
import { awkwardSentences } from "#tests/support/awkward-sentences.ts"

const sentences = awkwardSentences()

test("U1 there are at least three hundred awkward sentences", () => {
  expect(sentences.length).toBeGreaterThanOrEqual(300)
})

test.each(sentences)("U1 U9 finished, $said is shown as it was written", ({ said, seen }) => {
  expect(plain(shown(said, false))).toBe(seen)
})

test.each(sentences)("U1 U9 L7 while it grows, $said shows nothing that disappears again", ({ said }) => {
  const text = `${said}\n\nAnd then another line.`
  const final = shown(text, false)
  let before = ""
  let past = ""
  let arrived = ""
  for (const piece of text.match(/[A-Za-z0-9]+|[\s\S]/gu) ?? []) {
    arrived += piece
    const now = settled(markFormulas(arrived, true).text)
    if (now === past) continue
    past = now
    const growing = shown(now, true)
    if (!final.startsWith(growing) || growing.length < before.length)
      expect.fail(`${JSON.stringify(arrived)} shows ${growing} after ${before}, of ${final}`)
    before = growing
  }
})

/**
 * Returns each visible character with its emphasis before it. A list's numbers are visible characters, its bullets
 * are not.
 */
function shown(text: string, isLive: boolean): string {
  const place = document.createElement("div")
  place.innerHTML = renderToStaticMarkup(<MarkdownBlocks text={text} isLive={isLive} wasShown />)
  for (const apart of place.querySelectorAll("figcaption, .sr-only")) apart.remove()
  for (const item of place.querySelectorAll<HTMLLIElement>("ol > li")) item.prepend(`${numberOf(item)}.`)
  return readFrom(place, "")
}

function readFrom(node: Node, emphasis: string): string {
  if (node.nodeType === 3)
    return (node.textContent ?? "").replace(/\s/g, "").replace(/[\s\S]/gu, (sign) => emphasis + sign)
  const mark = { STRONG: "\uE101", EM: "\uE102", DEL: "\uE103" }[node.nodeName] ?? ""
  return [...node.childNodes].map((child) => readFrom(child, emphasis + mark)).join("")
}

const plain = (marked: string) => marked.replace(/[\uE101-\uE103]/g, "")

function numberOf(item: HTMLLIElement): number {
  const own = item.getAttribute("value")
  if (own !== null) return Number(own)
  const before = item.previousElementSibling
  const list = item.parentElement
  if (before instanceof HTMLLIElement) return numberOf(before) + 1
  return Number(list?.getAttribute("start") ?? 1)
}
