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
    // How far it is comes first, what it found last: only that is stored and told to the model.
    async *execute({ query }, { abortSignal }) {
      yield { query, progress: "Reading the documents" }
      const sections = await readSections(folder, abortSignal)
      yield { query, progress: `Comparing ${sections.length} sections` }
      const results = rankSections(sections, query)
        .slice(0, maxResults)
        .map((section) => ({
          title: section.title,
          path: section.path,
          url: `${section.path}#${section.anchor}`,
          excerpt: excerptOf(section.text, query, maxExcerptChars),
        }))
      yield { query, results }
    },
  })
}
