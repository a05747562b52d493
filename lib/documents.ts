/** Reads the project's own documents, README.md and docs, which agents search and people read at /docs. */
import { glob, readFile } from "node:fs/promises"
import path from "node:path"
import GithubSlugger from "github-slugger"
import { fromMarkdown } from "mdast-util-from-markdown"
import { toString as plainText } from "mdast-util-to-string"

export interface ProjectDocument {
  /** its title */
  title: string
  /** path from the project's folder, with forward slashes */
  path: string
  /** address of its page */
  url: string
  sections: Section[]
}

/** A heading of a document and the text below it, up to the next heading. */
export interface Section {
  /** plain text, without marks of code or emphasis */
  title: string
  /** level of the heading, 1 to 6; 0 above the first heading */
  level: number
  /** the heading's fragment, as Git hosts make it; empty above the first heading */
  anchor: string
  text: string
}

/** Reads every document, README first; an empty list if there are none. */
export async function readDocuments(folder?: string, abortSignal?: AbortSignal): Promise<ProjectDocument[]> {
  // The comment keeps the bundler from packing the whole project because of a path made at run time.
  const root = folder ?? path.resolve(/* turbopackIgnore: true */ process.cwd())
  const files = await Array.fromAsync(glob(["README.md", "docs/**/*.md"], { cwd: root }))
  const documents = files.map(async (file) => {
    const text = await readFile(path.join(root, file), { encoding: "utf8", signal: abortSignal })
    return parsedDocument(text, file.split(path.sep).join("/"))
  })
  return (await Promise.all(documents)).sort((one, other) => compare(placeOf(one), placeOf(other)))
}

/** Beginnings of the paths that a newcomer should read first. */
const first = ["README.md", "docs/how-it-works.md", "docs/how/"]

/** Sorts higher folders first. */
function placeOf({ path: file }: ProjectDocument): string {
  return `${file.split("/").length}/${first.some((start) => file.startsWith(start)) ? 0 : 1}/${file}`
}

function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other)
}

const parsed = new Map<string, { text: string; document: ProjectDocument }>()

/** Parses a document again only after its text has changed: every search reads all of them. */
function parsedDocument(text: string, documentPath: string): ProjectDocument {
  const known = parsed.get(documentPath)
  if (known?.text === text) return known.document
  const document = documentOf(text, documentPath)
  parsed.set(documentPath, { text, document })
  return document
}

export function documentOf(markdown: string, documentPath: string): ProjectDocument {
  const sections = sectionsOf(markdown, documentPath)
  const title = sections.find(({ level }) => level === 1)?.title ?? path.basename(documentPath, ".md")
  return { title, path: documentPath, url: urlOf(documentPath), sections }
}

function urlOf(documentPath: string): string {
  const name = documentPath.replace(/^docs\//, "").replace(/\.md$/, "")
  return `/docs/${name.toLowerCase().split("/").map(encodeURIComponent).join("/")}`
}

function sectionsOf(markdown: string, documentPath: string): Section[] {
  const slugger = new GithubSlugger()
  const first: Section = { title: "", level: 0, anchor: "", text: "" }
  const sections = [first]
  let last = first
  for (const block of fromMarkdown(markdown).children) {
    if (block.type === "heading") {
      const title = plainText(block)
      last = { title, level: block.depth, anchor: slugger.slug(title), text: "" }
      sections.push(last)
    } else if (!hasPicture(block)) last.text += `${shown(block, markdown, documentPath)}\n\n`
  }
  return first.text === "" ? sections.slice(1) : sections
}

type Block = ReturnType<typeof fromMarkdown>["children"][number]
type Link = Extract<Block, { type: "link" }>

/** Finds blocks with pictures, which are left out because the page loads none. */
function hasPicture(node: Block): boolean {
  return node.type === "image" || childrenOf(node).some(hasPicture)
}

/** Returns a block's Markdown, its relative links leading to pages of this server. */
function shown(block: Block, markdown: string, documentPath: string): string {
  const start = block.position?.start
  let from = (start?.offset ?? 0) - (start?.column ?? 1) + 1
  let text = ""
  for (const link of linksIn(block)) {
    const label = link.children.at(-1)?.position?.end.offset
    const end = link.position?.end.offset
    if (label === undefined || end === undefined || markdown[label] !== "]" || /^(\w+:|[/#])/.test(link.url)) continue
    text += `${markdown.slice(from, label)}](${targetOf(link.url, documentPath)})`
    from = end
  }
  return text + markdown.slice(from, block.position?.end.offset)
}

function targetOf(url: string, documentPath: string): string {
  const [file = "", anchor] = url.split("#")
  const linked = path.posix.join(path.posix.dirname(documentPath), file)
  return `${linked.endsWith(".md") ? urlOf(linked) : "/docs"}${anchor ? `#${anchor}` : ""}`
}

function linksIn(node: Block): Link[] {
  return node.type === "link" ? [node] : childrenOf(node).flatMap(linksIn)
}

function childrenOf(node: Block): Block[] {
  return "children" in node ? node.children : []
}
