import { readFileSync } from "node:fs"

/** Returns the cells of every table row of a document, without the marks of code. Heads and rules are rows, too. */
export function tableRows(file: string): string[][] {
  const lines = readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line.startsWith("|"))
  return lines.map((line) =>
    line
      .slice(1, line.lastIndexOf("|"))
      .split(/(?<!\\)\|/)
      .map((cell) => cell.trim()),
  )
}

/** Returns the code spans of a cell or a sentence. */
export function codeIn(text: string): string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, code = ""]) => code)
}
