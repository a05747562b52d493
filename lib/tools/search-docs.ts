import { tool, zodSchema } from "ai"
import { z } from "zod"
import { readDocuments } from "#lib/documents.ts"
import { excerptOf, rankSections } from "./ranking.ts"

const maxResults = 5
const maxExcerptChars = 400

/** Makes the tool that searches README.md and docs. @param folder the project's (default: where the server was started) */
export function searchDocsTool(folder?: string) {
  return tool({
    description:
      "Searches this project's own documents and returns the sections that fit best. The user sees them below your " +
      "answer, each under its number: cite the ones that a statement rests on behind it, as [1] or [2, 3]. " +
      "A number holds for the answer in which the search was made, and for no other.",
    inputSchema: zodSchema(
      z.object({
        query: z.string().min(1).max(200).describe("a few words that the section should contain"),
      }),
    ),
    // Progress comes first and the result last: only the last output is stored and given to the model.
    async *execute({ query }, { abortSignal }) {
      yield { query, progress: "Reading the documents" }
      const documents = await readDocuments(folder, abortSignal)
      const sections = documents.flatMap((document) =>
        document.sections
          .filter(({ text }) => text.trim() !== "")
          .map((section) => ({ ...section, title: section.title || document.title, document })),
      )
      yield { query, progress: `Comparing ${sections.length} sections` }
      const sources = rankSections(sections, query)
        .slice(0, maxResults)
        .map(({ title, anchor, text, document }) => ({
          title: title === document.title ? title : `${document.title}: ${title}`,
          path: document.path,
          url: anchor === "" ? document.url : `${document.url}#${anchor}`,
          excerpt: excerptOf(text, query, maxExcerptChars),
        }))
      yield { query, sources }
    },
  })
}
