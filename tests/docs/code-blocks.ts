import { readFileSync } from "node:fs"

/** Returns the code block of a language in a section of the README. */
export function codeInReadme(heading: string, language: string): string {
  return codeBlock("README.md", { heading: `## ${heading}`, language })
}

/** Returns the first code block of a language below a heading. */
export function codeBlock(document: string, { heading, language }: { heading: string; language: string }): string {
  const [, section = ""] = readFileSync(document, "utf8").split(`\n${heading}\n`)
  const own = section.split(new RegExp(`^#{1,${heading.indexOf(" ")}} `, "m"))[0] ?? ""
  const block = new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\`$`, "m").exec(own)?.[1]
  if (block === undefined) throw new Error(`${document} has no ${language} under "${heading}"`)
  return block
}
