import { readFileSync } from "node:fs"

/** Returns the code block of a language in a section of the README. */
export function codeInReadme(heading: string, language: string): string {
  const sections = readFileSync("README.md", "utf8").split(/^## /m)
  const section = sections.find((text) => text.startsWith(`${heading}\n`)) ?? ""
  const block = new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\`$`, "m").exec(section)?.[1]
  if (block === undefined) throw new Error(`the README has no ${language} under "${heading}"`)
  return block
}
