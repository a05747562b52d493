/** Finds the title in a model's reply: models that are asked for one often say more, or something else. */
import { openingFence } from "#lib/fences.ts"
import { parsedJson } from "#lib/parsed-json.ts"
import { isRefusal, withoutThoughts } from "../models/without-thoughts.ts"
import { wellFormedText } from "../text.ts"

export const maxTitleChars = 60
const minTitleChars = 3

/** @returns plain text of 3 to 60 characters; undefined if there is no title in what the model said */
export function titleIn(reply: string): string | undefined {
  const text = withoutMarks(withoutThoughts(reply)).trim()
  const json = titleInJson(text)
  if (json !== undefined) return titleOf(json)
  const lines = text.split(/\r?\n/).map((line) => line.trim())
  const titles = lines.flatMap((line) => titleOfLine(line) ?? [])
  // A model that thinks aloud first gives the title last.
  return isAside(lines[0] ?? "") ? titles.at(-1) : titles[0]
}

/** Removes Markdown. */
export function plain(text: string): string {
  const linked = text.replace(/!?\[([^\]]*)\]\([^)]*\)/g, "$1").replace(/^#{1,6} +/, "")
  return oneLine(unmarked(linked).replace(/[\s.:]+$/, ""))
}

/** Removes signs of emphasis. Signs within a word or between two spaces belong to the text. */
function unmarked(text: string): string {
  return text.replace(/(?<![\p{L}\p{N}])[*_`~]+(?=\S)|(?<=\S)[*_`~]+(?![\p{L}\p{N}])/gu, "")
}

export function oneLine(text: string): string {
  return wellFormedText(text).replace(/\s+/g, " ").trim()
}

/** Shortens a text that is too long, between two words. */
export function shortened(text: string): string {
  if (text.length <= maxTitleChars) return text
  return `${text
    .slice(0, maxTitleChars - 1)
    .replace(/\s\S*$/, "")
    .toWellFormed()}…`
}

/** Removes a chat template's marks, tags around the title, and code fences. */
function withoutMarks(text: string): string {
  return text
    .replace(/<\|[^|<>]*\|>|\[\/?INST\]|<\/?s>/g, "")
    .replace(/<\/?(?:title|answer|final|output|response|b|i|em|strong|p|h[1-6])>/gi, "\n")
    .replace(/\\boxed\{(?:\\text\{)?([^{}]*)\}+/g, "$1")
    .replace(fenceLines, "")
    .replace(/^(?:`{3,}|~{3,})(?:json)?/, "")
}

const fenceLines = new RegExp(`^\\s*(?:${openingFence})[\\w-]*\\s*$`, "gm")

const titleNames = /"(?:chat_?|conversation_?)?(?:title|name|heading|subject|topic)"\s*:\s*"((?:[^"\\]|\\.)*)"?/i

/** @returns undefined if the text is no JSON; "" if it is, and has no title */
function titleInJson(text: string): string | undefined {
  if (!/^[{["]/.test(text)) return undefined
  // The field's name finds the title even in JSON that is cut off or has words around it.
  const named = titleNames.exec(text)?.[1]
  if (named !== undefined) return named.replace(/\\(["\\/])/g, "$1").replace(/\\[nrt]/g, " ")
  const value = parsedJson(text)
  const first: unknown = Array.isArray(value) ? value[0] : value
  if (typeof first === "string") return first
  return value === undefined && !text.startsWith("{") ? undefined : ""
}

/** Matches "Title:", also in other languages, with the words before it on its line. */
const label =
  /^.{0,80}?(?:\b(?:titles?|titel|titre|t[ií]tulo|titolo|название|заголовок)\b|标题|標題|タイトル|제목)[^:：]{0,60}[:：]\s*/iu
const bullet = /^(?:[-*•>]|#{1,6}|\(?\d{1,2}[.)])\s+/

function titleOfLine(line: string): string | undefined {
  const bare = unmarked(line.replace(bullet, ""))
  const labelled = bare.replace(label, "")
  if (labelled !== bare) return titleOf(labelled)
  // The line may be a sentence that has the title in quotes.
  const quoted = /\btitle\b.*?["“«]([^"”»]{3,60})["”»]/i.exec(bare)?.[1]
  return titleOf(quoted ?? bare)
}

function titleOf(text: string): string | undefined {
  const bare = text.replace(bullet, "").trim()
  const title = plain(unquoted(plain(unquoted(bare))))
  const hasWords = /\p{L}|\p{N}/u.test(title)
  const isSentence = title.length > maxTitleChars && /[.!?,;:]/.test(title)
  if (title.length < minTitleChars || !hasWords || isSentence || title.length > 2 * maxTitleChars) return undefined
  if (isAside(bare) || isRefusal(title) || bare.endsWith(":")) return undefined
  return shortened(title)
}

function unquoted(text: string): string {
  return text.replace(/^(["'“”«„‘「『])(.*)["'”“»’」』][.!]?$/u, "$2")
}

/** Returns true if the model thinks aloud or addresses the user. */
function isAside(text: string): boolean {
  return asides.test(text)
}

const asides =
  /^(?:(?:okay|ok|alright|all right|hmm+|well|so|now|first|sure|certainly|absolutely|of course|great|got it)[,.!:]|(?:okay|ok),? (?:the|let|so|i|we)\b|sure (?:thing|here|i)\b|the (?:user|conversation|assistant)(?:['’]s (?:question|message|request))? (?:ask|want|is |was |has|said|say|need|would|just|seem|request|initiat|greet|start|begin|mention|appear)|(?:we|i) (?:need|should|must|have to|want|am |will|can|could|think|would)\b|i['’](?:ll|d|m|ve)\b|let me\b|let['’]s (?:see|think|create|come)\b|here(?:['’]s| is| are)\b|(?:user|assistant|system):)/i
