import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import path from "node:path"
import fc from "fast-check"
import { describe, expect, onTestFinished, test } from "vitest"
import { excerptOf } from "#lib/tools/ranking.ts"
import { searchDocsTool } from "#lib/tools/search-docs.ts"

interface Output {
  progress?: string
  sources?: { title: string; path: string; url: string; excerpt: string }[]
}

async function projectOf(documents: Record<string, string>) {
  const folder = await mkdtemp(path.join(tmpdir(), "rejoin-docs-"))
  onTestFinished(() => rm(folder, { recursive: true }))
  for (const [name, text] of Object.entries(documents)) {
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true })
    await writeFile(path.join(folder, name), text)
  }
  return async (query: string, abortSignal?: AbortSignal) => {
    const context = { toolCallId: "1", messages: [], context: {}, ...(abortSignal && { abortSignal }) }
    const outputs = searchDocsTool(folder).execute?.({ query }, context) as AsyncIterable<Output> // as it is declared
    let last: Output | undefined
    for await (const output of outputs) last = output
    if (!last?.sources) throw new Error("the last output has what was found")
    return last.sources
  }
}

const documents = {
  "README.md": "# Rejoin\n\nA chat service.\n\n## Switch it off\n\nSet `RESUMABLE_STREAMS=0` and streams are plain.\n",
  "docs/how-it-works.md":
    "# How it works\n\n## Stop\n\nA stop reaches the producer.\n\n## Resuming a stream\n\nReaders resume from their position.\n",
  "docs/decisions/001-log.md": "# A log\n\nThe relay keeps events. Streams are numbered.\n",
  "lib/secret.md": "# Resume secrets\n\nresume resume resume\n",
}

describe("search results", () => {
  test("the best matching section comes first, with its place", async () => {
    const search = await projectOf(documents)
    const [best] = await search("how are streams resumed?")
    expect(best).toEqual({
      title: "How it works: Resuming a stream",
      path: "docs/how-it-works.md",
      url: "/docs/how-it-works#resuming-a-stream",
      excerpt: "Readers resume from their position.",
    })
  })

  test("only README and everything below docs are searched", async () => {
    const search = await projectOf(documents)
    expect((await search("RESUMABLE_STREAMS off"))[0]?.path).toBe("README.md")
    expect((await search("events numbered"))[0]?.path).toBe("docs/decisions/001-log.md")
    expect((await search("secrets")).map((found) => found.path)).not.toContain("lib/secret.md")
  })

  test("a rare word counts more than a frequent one", async () => {
    const frequent = Array.from({ length: 20 }, (_, index) => `## Part ${index}\n\nstream stream stream\n`).join("\n")
    const search = await projectOf({ "README.md": `${frequent}\n## Last\n\nstream lease\n` })
    expect((await search("stream lease"))[0]?.title).toBe("README: Last")
  })

  test("at most five sections are returned, with excerpts of at most 400 characters around the match", async () => {
    const long = `${"before ".repeat(200)}needle ${"after ".repeat(200)}`
    const sections = Array.from({ length: 30 }, (_, index) => `## Part ${index}\n\n${long}\n`)
    const search = await projectOf({ "README.md": sections.join("\n") })
    const results = await search("needle")
    expect(results).toHaveLength(5)
    for (const { excerpt } of results) {
      expect(excerpt).toContain("needle")
      expect(excerpt.length).toBeLessThanOrEqual(402)
    }
  })

  test("nothing is returned without a match or without documents", async () => {
    expect(await (await projectOf(documents))("zebra")).toEqual([])
    expect(await (await projectOf({}))("stream")).toEqual([])
  })

  test("metacharacters are words or ignored, never a pattern", async () => {
    const search = await projectOf(documents)
    for (const query of [".*", "(((", "[y-z", "$&", "../../etc/passwd", "'; DROP TABLE x; --", "\0", "*3\r\n"])
      expect(await search(query)).toEqual([])
  })

  test("an abort ends the search", async () => {
    const search = await projectOf(documents)
    await expect(search("stream", AbortSignal.abort())).rejects.toMatchObject({ name: "AbortError" })
  })
})

test("an excerpt is well-formed wherever it is cut", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 300 }), fc.integer({ min: 1, max: 50 }), (text, maxChars) => {
      const excerpt = excerptOf(`${text} needle ${text}`, "needle", maxChars)
      expect(excerpt.isWellFormed()).toBe(true)
      expect(excerpt.length).toBeLessThanOrEqual(maxChars + 2)
    }),
  )
})
