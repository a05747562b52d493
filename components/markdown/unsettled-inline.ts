import { dunderLength, flanksOf, isOperand } from "./emphasis-rules.ts"
import { linkLength } from "./link-end.ts"

/**
 * Finds the inline syntax that is still open in a growing block, in the way the parser will read it.
 * @returns how many of its characters will stay as they are, whatever follows
 */
export function settledInline(block: string): number {
  const from = marks.exec(block)?.[0].length ?? 0
  const reading: Reading = { block, from, open: [], held: block.length }
  const signs = /[\\`<&![\]*_~]|(?<![A-Za-z])(?:https?:\/\/|www\.)/gi
  signs.lastIndex = from
  for (let match = signs.exec(block); match && reading.held === block.length; match = signs.exec(block))
    signs.lastIndex = Math.max(readSign(reading, match.index, match[0].charAt(0)), match.index + 1)
  const stillOpen = reading.open.filter((opener) => mayClose(block, opener, from)).map(({ at }) => at)
  return Math.min(reading.held, ...stillOpen)
}

/** The markers of a quotation, a list item, a task or a heading. */
const marks = /^[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*(?:\[[ xX]\][ \t]+)?(?:#{1,6}[ \t]+)?/

interface Opener {
  sign: string
  at: number
  count: number
  canClose: boolean
}

interface Reading {
  block: string
  /** where the text begins after the markers */
  from: number
  open: Opener[]
  /** the position from which the meaning is not known yet */
  held: number
}

/** @returns the position to continue at */
function readSign(reading: Reading, at: number, sign: string): number {
  const { block } = reading
  const rest = block.slice(at)
  if (sign === "\\") return /^\\[\\\n]?$/.test(rest) ? hold(reading, at) : at + 2
  if (sign === "`") return readCode(reading, at)
  if (sign === "<") {
    const tag = /^<(?:[A-Za-z][A-Za-z0-9+.-]*:[^\s<>]*|[^\s<>@]+@[^\s<>]+|\/?[A-Za-z][^<>]*|!--[\s\S]*?--)>/.exec(rest)
    if (tag) return at + tag[0].length
    return /^<[^\s<>]{0,200}$/.test(rest) ? hold(reading, at) : at + 1
  }
  if (sign === "&") return /^&#?\w{0,31}$/.test(rest) ? hold(reading, at) : at + 1
  if (sign === "!") return rest.length === 1 ? hold(reading, at) : at + 1
  if (sign === "[") {
    const isImage = block[at - 1] === "!"
    reading.open.push({ sign, at: isImage ? at - 1 : at, count: 1, canClose: false })
    return at + 1
  }
  if (sign === "]") return readBracket(reading, at)
  if ("*_~".includes(sign)) return readRun(reading, at, sign)
  return at + linkLength(/^\S*/.exec(rest)?.[0] ?? "", block[at - 1] ?? "")
}

function hold(reading: Reading, at: number): number {
  reading.held = Math.min(reading.held, at)
  return reading.block.length
}

function readCode(reading: Reading, at: number): number {
  const rest = reading.block.slice(at)
  const fence = /^`+/.exec(rest)?.[0] ?? ""
  const closing = new RegExp(`(?<!\`)${fence}(?!\`)`).exec(rest.slice(fence.length))
  if (closing) return at + 2 * fence.length + closing.index
  return rest.length < maxOpenCodeChars ? hold(reading, at) : at + fence.length
}

function readBracket(reading: Reading, at: number): number {
  const { block, open, from } = reading
  const index = open.findLastIndex(({ sign }) => sign === "[")
  const opener = open[index]
  if (!opener) return at + 1
  const after = block.slice(at + 1)
  if (after === "") return hold(reading, opener.at)
  const isShort = block.length - opener.at < maxOpenLinkChars
  if (after.startsWith("(") && !/^\([^\s()<]*[ \t]+[^\s"'()]/.test(after)) {
    const target = /^\((?:[^()\\\n]|\\.|\([^()\n]*\))*\)/.exec(after)?.[0]
    if (target) open.length = index
    if (target || isShort) return target ? at + 1 + target.length : hold(reading, opener.at)
  }
  if (after.startsWith("[") && !after.includes("]") && isShort) return hold(reading, opener.at)
  // Only the end of the line tells whether it is a link definition.
  if (after.startsWith(":") && opener.at === from && !after.includes("\n")) return hold(reading, opener.at)
  open.splice(index, 1)
  return at + 1
}

function readRun(reading: Reading, at: number, sign: string): number {
  const { block, from, open } = reading
  const run = new RegExp(`^\\${sign}+`).exec(block.slice(at))?.[0] ?? sign
  const end = at + run.length
  const before = at === from ? "" : (block[at - 1] ?? "")
  if (end === block.length) return hold(reading, at)
  const after = /^\S{0,64}/.exec(block.slice(end))?.[0] ?? ""
  const dunder = run === "__" && !/\w/.test(before) ? dunderLength(run + after) : 0
  if (dunder > 0) return at + dunder
  const { canOpen, canClose } = flanksOf({ sign, count: run.length, before, after })
  const left = canClose ? close(open, { sign, at, count: run.length, canClose: canOpen }) : run.length
  const mayOpenInWord = isOperand(before) && end + after.length === block.length
  if (left > 0 && (canOpen || mayOpenInWord)) open.push({ sign, at: end - left, count: left, canClose })
  return end
}

/** @returns how many of the characters close nothing */
function close(open: Opener[], { sign, count, canClose: canOpen }: Opener): number {
  let left = count
  for (let index = open.length - 1; index >= 0 && left > 0; index--) {
    const opener = open[index]
    if (opener?.sign !== sign || (sign === "~" && opener.count !== left)) continue
    // CommonMark's rule of three: a run that could open and close must not close half of another run.
    const isOdd = (opener.canClose || canOpen) && (opener.count + left) % 3 === 0
    if (isOdd && (opener.count % 3 > 0 || left % 3 > 0)) continue
    open.length = index + 1
    while (opener.count > 0 && left > 0) {
      const pair = opener.count > 1 && left > 1 ? 2 : 1
      opener.count -= pair
      left -= pair
    }
    if (opener.count === 0) open.length = index
    else index++
  }
  return left
}

/** Syntax that stays open for long was meant as literal text. */
function mayClose(block: string, { sign, at }: Opener, from: number): boolean {
  const rest = block.slice(at)
  if (sign === "[") return rest.length < maxOpenLinkChars && !/^[^()]*\)/.test(rest) && !sentenceEnd.test(rest)
  const word = rest.replace(/^[*_~]+/, "")
  // In lower case it may be a name such as `**kwargs`, so emphasis ends with the sentence at the latest.
  if (/^[a-z]/.test(word)) return rest.length < maxOpenChars && !sentenceEnd.test(rest)
  return rest.length < (at === from ? 2 : 1.5) * maxOpenChars
}

const maxOpenChars = 200
const maxOpenLinkChars = 300
const maxOpenCodeChars = 300
const sentenceEnd = /[.!?]["')\]]*\s+\p{Lu}|[。！？]/u
