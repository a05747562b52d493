/** The project's own documents, README.md and docs: agents search them, and people read them at /docs. */
import { glob, readFile } from "node:fs/promises"
import path from "node:path"

export interface ProjectDocument {
  /** its title */
  title: string
  /** relative to the project's folder, with forward slashes */
  path: string
  /** where people read it */
  url: string
  sections: Section[]
}

/** A heading of a document and the text below it, up to the next heading. */
export interface Section {
  /** without the marks of code and emphasis */
  title: string
  /** of the heading, 1 to 6; 0 above the first heading */
  level: number
  /** the heading's own part of the address, as Git hosts make it; empty above the first heading */
  anchor: string
  text: string
}

/** Every document, README first; none where there are no documents. */
export async function readDocuments(folder?: string, abortSignal?: AbortSignal): Promise<ProjectDocument[]> {
  // The comment keeps the bundler from packing the whole project because a path is made at run time.
  const root = folder ?? path.resolve(/* turbopackIgnore: true */ process.cwd())
  const files = await Array.fromAsync(glob(["README.md", "docs/**/*.md"], { cwd: root }))
  const documents = files.map(async (file) => {
    const text = await readFile(path.join(root, file), { encoding: "utf8", signal: abortSignal })
    return documentOf(text, file.split(path.sep).join("/"))
  })
  return (await Promise.all(documents)).sort((one, other) => compare(placeOf(one), placeOf(other)))
}

/** What a stranger reads first: the beginnings of paths. */
const first = ["README.md", "docs/how-it-works.md", "docs/how/"]

/** What lies higher up comes first. */
function placeOf({ path: file }: ProjectDocument): string {
  return `${file.split("/").length}/${first.some((start) => file.startsWith(start)) ? 0 : 1}/${file}`
}

function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other)
}

export function documentOf(markdown: string, documentPath: string): ProjectDocument {
  const sections = splitByHeading(markdown).map((section) => ({ ...section, text: shown(section.text, documentPath) }))
  const title = sections.find(({ level }) => level === 1)?.title ?? path.basename(documentPath, ".md")
  return { title, path: documentPath, url: urlOf(documentPath), sections }
}

function urlOf(documentPath: string): string {
  const name = documentPath.replace(/^docs\//, "").replace(/\.md$/, "")
  return `/docs/${name.toLowerCase().split("/").map(encodeURIComponent).join("/")}`
}

/** Without pictures, which the page does not load, and with links that lead somewhere on this server. */
function shown(markdown: string, documentPath: string): string {
  const blocks = markdown.split(/\n{2,}/).filter((block) => !/^\s*(\| *)?!\[/m.test(block))
  return blocks.join("\n\n").replace(/\]\((?!\w+:|[/#])([^()\s]+)\)/g, (_, target: string) => {
    const [file = "", anchor] = target.split("#")
    const linked = path.posix.join(path.posix.dirname(documentPath), file)
    return `](${linked.endsWith(".md") ? urlOf(linked) : "/docs"}${anchor ? `#${anchor}` : ""})`
  })
}

function splitByHeading(markdown: string): Section[] {
  const first: Section = { title: "", level: 0, anchor: "", text: "" }
  const sections = [first]
  const anchors = new Map<string, number>()
  let last = first
  let isCode = false
  for (const line of markdown.split(/\r?\n/)) {
    if (/^\s*(```|~~~)/.test(line)) isCode = !isCode
    const [, marks = "", title] = (isCode ? undefined : /^(#{1,6})\s+(.+?)\s*#*$/.exec(line)) ?? []
    if (title) {
      last = { title: title.replace(/[`*]/g, ""), level: marks.length, anchor: uniqueAnchor(title, anchors), text: "" }
      sections.push(last)
    } else last.text += `${line}\n`
  }
  return first.text.trim() === "" ? sections.slice(1) : sections
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
