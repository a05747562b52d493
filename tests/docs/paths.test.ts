/**
 * Links and paths in the README and the documents exist: files, sections, and the sections that the demo model cites.
 */
import { existsSync, globSync, readFileSync } from "node:fs"
import path from "node:path"
import { describe, expect, test } from "vitest"
import { documentOf, readDocuments } from "#lib/documents.ts"
import { codeIn } from "./markdown-tables.ts"

/** Decisions are never edited, so they keep the paths of their time. */
const documents = ["README.md", ...globSync("docs/**/*.md").filter((file) => !file.startsWith("docs/decisions/"))]

describe.each(documents)("%s", (document) => {
  const markdown = readFileSync(document, "utf8")
  const prose = markdown.replace(/^```[\s\S]*?^```$/gm, "")

  test("names only paths that exist", () => {
    expect(codeIn(prose).filter(isPath).filter(isMissing)).toEqual([])
  })

  test("links only to files and sections that exist", () => {
    const targets = [...prose.matchAll(/\]\((?!\w+:)([^()\s]+)\)/g)].map(([, target = ""]) => target)
    expect(targets.filter((target) => leadsNowhere(target, document))).toEqual([])
  })
})

test("the sections that the demo model cites exist, under the titles it gives", async () => {
  const source = readFileSync("lib/models/demo/scripted-answers.ts", "utf8")
  const cited = [...source.matchAll(/\{ url: "(\/docs\/[^"]+)", title: "([^"]+)" \}/g)]
  expect(cited.length).toBeGreaterThan(5)
  const sections = (await readDocuments()).flatMap((document) =>
    document.sections.map(({ anchor, title }) => `${document.url}#${anchor} ${document.title}: ${title}`),
  )
  expect(cited.map(([, url, title]) => `${url} ${title}`).filter((each) => !sections.includes(each))).toEqual([])
})

const folders = /^(app|bench|components|db|docs|drizzle|findings|hooks|lib|tests)(\/|$)/

function isPath(code: string): boolean {
  return /^\S+$/.test(code) && (folders.test(code) || /^[\w.-][\w./-]*\.(ts|tsx|css|md|json)$/.test(code))
}

function isMissing(file: string): boolean {
  return !existsSync(file)
}

function leadsNowhere(target: string, document: string): boolean {
  const [file = "", anchor] = target.split("#")
  const linked = file === "" ? document : path.join(path.dirname(document), file)
  if (isMissing(linked)) return true
  if (anchor === undefined) return false
  const { sections } = documentOf(readFileSync(linked, "utf8"), linked)
  return !sections.some((section) => section.anchor === anchor)
}
