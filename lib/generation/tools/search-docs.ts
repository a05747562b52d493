import { tool } from "ai"
import { z } from "zod"
import { excerptOf, rankSections } from "./ranking.ts"
import { readSections } from "./sections.ts"

const maxResults = 5
const maxExcerptChars = 400

/** @param folder the project's: its README.md and docs are read anew with each search; default: where the server was started */
export function searchDocsTool(folder?: string) {
  return tool({
    description: "Searches this project's own documents and returns the sections that fit best.",
    inputSchema: z.object({
      query: z.string().min(1).max(200).describe("a few words that the section should contain"),
    }),
    execute: async ({ query }, { abortSignal }) => {
      const sections = await readSections(folder, abortSignal)
      const results = rankSections(sections, query)
        .slice(0, maxResults)
        .map((section) => ({
          title: section.title,
          path: section.path,
          url: `${section.path}#${section.anchor}`,
          excerpt: excerptOf(section.text, query, maxExcerptChars),
        }))
      return { query, results }
    },
  })
}
