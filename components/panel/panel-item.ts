import { parsedJson } from "#lib/parsed-json.ts"

/** The ways in which the panel can show something. */
export type PanelKind = "code" | "markdown" | "table" | "html" | "picture"

export interface PanelItem {
  /** the id of the component that opened it */
  id: string
  title: string
  kind: PanelKind
  /** as in a Markdown fence; "" if it is unknown */
  language: string
  /** the name to save it under */
  filename: string
  /** a text, or the address of an uploaded file */
  content: { text: string } | { url: string }
}

const fewestLines = 15

/** Tells whether a text is worth opening in the panel. */
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

/** @param language of a fence, a file extension, or the type of an artifact */
export function kindOf(language: string): PanelKind {
  return kindsByLanguage.get(language.toLowerCase()) ?? "code"
}

/** Types of artifacts that do not tell their language. */
const genericTypes = ["ide", "code", "document", "file"]

/**
 * Returns the language of an artifact: from its type, or guessed from its text.
 * @param type in capitals
 */
export function languageOfArtifact(type: string, text: string): string {
  const named = type.toLowerCase()
  if (!genericTypes.includes(named)) return named
  if (/^\s*<(!doctype html|html[\s>])/i.test(text.slice(0, 500))) return "html"
  if (isJson(text)) return "json"
  return named === "document" ? "markdown" : ""
}

/** @returns the extension in lower case; "" if there is none */
export function languageOfFile(filename: string): string {
  return /\.([a-z0-9]{1,10})$/i.exec(filename)?.[1]?.toLowerCase() ?? ""
}

const extensions = new Map([
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

/** Adds the file extension of a language to a name. */
export function filenameFor(name: string, language: string): string {
  const known = language.toLowerCase()
  return `${name}.${extensions.get(known) ?? (/^[a-z0-9]{1,10}$/.test(known) ? known : "txt")}`
}

function isJson(text: string): boolean {
  return /^\s*[[{]/.test(text) && parsedJson(text) !== undefined
}
