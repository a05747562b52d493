/** What of a model's words is a title: models that are asked for one say more, and sometimes something else. */
import { parsedJson } from "#lib/parsed-json.ts"
import { isRefusal, withoutThoughts } from "../models/without-thoughts.ts"
import { wellFormedText } from "../text.ts"

export const maxTitleChars = 60
const minTitleChars = 3

/** @returns plain text of 3 to 60 characters; undefined where there is no title in what the model said */
export function titleIn(reply: string): string | undefined {
  const text = withoutMarks(withoutThoughts(reply)).trim()
  const json = titleInJson(text)
  if (json !== undefined) return titleOf(json)
  const lines = text.split(/\r?\n/).map((line) => line.trim())
  const titles = lines.flatMap((line) => titleOfLine(line) ?? [])
  // Who thinks aloud first says the title last.
  return isAside(lines[0] ?? "") ? titles.at(-1) : titles[0]
}

/** Without Markdown. */
export function plain(text: string): string {
  const linked = text.replace(/!?\[([^\]]*)\]\([^)]*\)/g, "$1").replace(/^#{1,6} +/, "")
  return oneLine(unmarked(linked).replace(/[\s.:]+$/, ""))
}

/** Signs of emphasis go; those within a word or between two spaces are the text's own. */
function unmarked(text: string): string {
  return text.replace(/(?<![\p{L}\p{N}])[*_`~]+(?=\S)|(?<=\S)[*_`~]+(?![\p{L}\p{N}])/gu, "")
}

export function oneLine(text: string): string {
  return wellFormedText(text).replace(/\s+/g, " ").trim()
}

/** @returns the text; what is too long ends between two words */
export function shortened(text: string): string {
  if (text.length <= maxTitleChars) return text
  return `${text
    .slice(0, maxTitleChars - 1)
    .replace(/\s\S*$/, "")
    .toWellFormed()}…`
}

/** A template's own marks, tags round the whole, and the fences of code. */
function withoutMarks(text: string): string {
  return text
    .replace(/<\|[^|<>]*\|>|\[\/?INST\]|<\/?s>/g, "")
    .replace(/<\/?(?:title|answer|final|output|response|b|i|em|strong|p|h[1-6])>/gi, "\n")
    .replace(/\\boxed\{(?:\\text\{)?([^{}]*)\}+/g, "$1")
    .replace(/^\s*(?:```|~~~)[\w-]*\s*$/gm, "")
    .replace(/^(?:```|~~~)(?:json)?/, "")
}

const titleNames = /"(?:chat_?|conversation_?)?(?:title|name|heading|subject|topic)"\s*:\s*"((?:[^"\\]|\\.)*)"?/i

/** @returns undefined where the text is no JSON; "" where it is, and has no title */
function titleInJson(text: string): string | undefined {
  if (!/^[{["]/.test(text)) return undefined
  // Cut off in the middle, or with a word before or behind: the name still says which text it is.
  const named = titleNames.exec(text)?.[1]
  if (named !== undefined) return named.replace(/\\(["\\/])/g, "$1").replace(/\\[nrt]/g, " ")
  const value = parsedJson(text)
  const first: unknown = Array.isArray(value) ? value[0] : value
  if (typeof first === "string") return first
  return value === undefined && !text.startsWith("{") ? undefined : ""
}

/** "Title:", also in other languages, and whatever is said before it on its line. */
const label =
  /^.{0,80}?(?:\b(?:titles?|titel|titre|t[ií]tulo|titolo|название|заголовок)\b|标题|標題|タイトル|제목)[^:：]{0,60}[:：]\s*/iu
const bullet = /^(?:[-*•>]|#{1,6}|\(?\d{1,2}[.)])\s+/

function titleOfLine(line: string): string | undefined {
  const bare = unmarked(line.replace(bullet, ""))
  const labelled = bare.replace(label, "")
  if (labelled !== bare) return titleOf(labelled)
  // A sentence about the title, which names it between quotes.
  const quoted = /\btitle\b.*?["“«]([^"”»]{3,60})["”»]/i.exec(bare)?.[1]
  return titleOf(quoted ?? bare)
}

function titleOf(text: string): string | undefined {
  const bare = text.replace(bullet, "").trim()
  const title = plain(unquoted(plain(unquoted(bare))))
  const says = /\p{L}|\p{N}/u.test(title)
  const isSentence = title.length > maxTitleChars && /[.!?,;:]/.test(title)
  if (title.length < minTitleChars || !says || isSentence || title.length > 2 * maxTitleChars) return undefined
  if (isAside(bare) || isRefusal(title) || bare.endsWith(":")) return undefined
  return shortened(title)
}

function unquoted(text: string): string {
  return text.replace(/^(["'“”«„‘「『])(.*)["'”“»’」』][.!]?$/u, "$2")
}

/** Thinks aloud, or speaks to who asked. */
function isAside(text: string): boolean {
  return asides.test(text)
}

const asides =
  /^(?:(?:okay|ok|alright|all right|hmm+|well|so|now|first|sure|certainly|absolutely|of course|great|got it)[,.!:]|(?:okay|ok),? (?:the|let|so|i|we)\b|sure (?:thing|here|i)\b|the (?:user|conversation|assistant)(?:['’]s (?:question|message|request))? (?:ask|want|is |was |has|said|say|need|would|just|seem|request|initiat|greet|start|begin|mention|appear)|(?:we|i) (?:need|should|must|have to|want|am |will|can|could|think|would)\b|i['’](?:ll|d|m|ve)\b|let me\b|let['’]s (?:see|think|create|come)\b|here(?:['’]s| is| are)\b|(?:user|assistant|system):)/i
