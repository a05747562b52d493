import { glob, readFile } from "node:fs/promises"
import path from "node:path"

/** A heading of a document and the text below it, up to the next heading. */
export interface Section {
  title: string
  /** relative to the project's folder, with forward slashes */
  path: string
  /** the heading's own part of the address, as Git hosts make it; empty above the first heading */
  anchor: string
  text: string
}

/** Every section of README.md and docs; none where there are no documents. */
export async function readSections(folder?: string, abortSignal?: AbortSignal): Promise<Section[]> {
  // The comment keeps the bundler from packing the whole project because a path is made at run time.
  const root = folder ?? path.resolve(/* turbopackIgnore: true */ process.cwd())
  const sections: Section[] = []
  for await (const file of glob(["README.md", "docs/**/*.md"], { cwd: root })) {
    const text = await readFile(path.join(root, file), { encoding: "utf8", signal: abortSignal })
    sections.push(...splitByHeading(text, file.split(path.sep).join("/")))
  }
  return sections
}

export function splitByHeading(markdown: string, documentPath: string): Section[] {
  const sections: Section[] = [{ title: path.basename(documentPath, ".md"), path: documentPath, anchor: "", text: "" }]
  const anchors = new Map<string, number>()
  let isCode = false
  for (const line of markdown.split(/\r?\n/)) {
    if (/^\s*(```|~~~)/.test(line)) isCode = !isCode
    const title = isCode ? undefined : /^#{1,6}\s+(.+?)\s*#*$/.exec(line)?.[1]
    if (title) sections.push({ title, path: documentPath, anchor: uniqueAnchor(title, anchors), text: "" })
    else appendTo(sections, line)
  }
  return sections.filter((section) => section.text.trim() !== "")
}

function appendTo(sections: Section[], line: string): void {
  const last = sections.at(-1)
  if (last) last.text += `${line}\n`
}

function uniqueAnchor(title: string, anchors: Map<string, number>): string {
  const anchor = title
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .replace(/\s/g, "-")
  const seen = anchors.get(anchor) ?? 0
  anchors.set(anchor, seen + 1)
  return seen === 0 ? anchor : `${anchor}-${seen}`
}
