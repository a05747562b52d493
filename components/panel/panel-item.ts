import { parsedJson } from "#lib/parsed-json.ts"

/** What the panel can show, and how it is told what a text is. */
export type PanelKind = "code" | "markdown" | "table" | "html" | "picture"

export interface PanelItem {
  /** of what it was opened from, as long as that is on the page */
  id: string
  title: string
  kind: PanelKind
  /** as in a fence of Markdown; "" where it is not known */
  language: string
  /** under which it is saved */
  filename: string
  /** a text that is here, or the address of a file of ours */
  content: { text: string } | { url: string }
}

const fewestLines = 15

/** Shorter texts are read where they stand. */
export function isLong(text: string): boolean {
  return text.split("\n", fewestLines).length === fewestLines
}

const kindsByLanguage = new Map<string, PanelKind>([
  ["md", "markdown"],
  ["markdown", "markdown"],
  ["csv", "table"],
  ["tsv", "table"],
  ["html", "html"],
  ["htm", "html"],
  ["xhtml", "html"],
  ["svg", "html"],
])

/** @param language of a fence, the ending of a file's name, or what an artifact calls itself */
export function kindOf(language: string): PanelKind {
  return kindsByLanguage.get(language.toLowerCase()) ?? "code"
}

/** What artifacts are called that does not say what is in them. */
const anyKind = ["ide", "code", "document", "file"]

/**
 * The language of an artifact: as it calls itself, else as it looks.
 * @param type a word in capitals
 */
export function languageOfArtifact(type: string, text: string): string {
  const named = type.toLowerCase()
  if (!anyKind.includes(named)) return named
  if (/^\s*<(!doctype html|html[\s>])/i.test(text.slice(0, 500))) return "html"
  if (isJson(text)) return "json"
  return named === "document" ? "markdown" : ""
}

/** @returns "" for a name without an ending */
export function languageOfFile(filename: string): string {
  return /\.([a-z0-9]{1,10})$/i.exec(filename)?.[1]?.toLowerCase() ?? ""
}

const endings = new Map([
  ["bash", "sh"],
  ["shell", "sh"],
  ["csharp", "cs"],
  ["javascript", "js"],
  ["kotlin", "kt"],
  ["markdown", "md"],
  ["plaintext", "txt"],
  ["python", "py"],
  ["ruby", "rb"],
  ["rust", "rs"],
  ["text", "txt"],
  ["typescript", "ts"],
])

/** A name under which a text of this language is saved. */
export function filenameFor(name: string, language: string): string {
  const known = language.toLowerCase()
  return `${name}.${endings.get(known) ?? (/^[a-z0-9]{1,10}$/.test(known) ? known : "txt")}`
}

function isJson(text: string): boolean {
  return /^\s*[[{]/.test(text) && parsedJson(text) !== undefined
}
