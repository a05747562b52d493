/**
 * Makes results of MCP tools fit to be stored, shown and given to a model: of limited size, and without bytes as
 * text.
 */
import type { Tool } from "ai"
import { z } from "zod"
import { plainValue } from "../plain-value.ts"
import { beginningOf, wellFormedText } from "../text.ts"
import { ReportedError } from "./marks.ts"

/** limit for all pictures in a result, in base64 characters: every save of the growing answer includes them */
const maxPictureChars = 60_000
const maxErrorChars = 2_000
const maxOddChars = 2_000

const itemSchema = z.looseObject({ type: z.string() })
const resultSchema = z.looseObject({
  content: z.array(itemSchema).default([]),
  structuredContent: z.unknown().optional(),
  isError: z.boolean().optional(),
})
const bytesSchema = z.looseObject({ data: z.string(), mimeType: z.string().max(100) })
const resourceSchema = z.looseObject({
  resource: z.looseObject({
    uri: z.string(),
    mimeType: z.string().max(100).default("application/octet-stream"),
    text: z.string().optional(),
    blob: z.string().optional(),
  }),
})
const linkSchema = z.looseObject({ uri: z.string(), name: z.string().optional() })

type Item = { type: "text"; text: string } | { type: "image"; data: string; mimeType: string }

/** Reads a tool's result. @throws ReportedError if the tool says that it failed */
export function mcpResult(result: unknown): unknown {
  const read = resultSchema.safeParse(result)
  if (!read.success || (typeof result === "object" && result !== null && "toolResult" in result))
    return plainValue(result)
  const { content, structuredContent, isError } = read.data
  let leftChars = maxPictureChars
  const items = content.map((item) => {
    const known = itemOf(item)
    if (known.type !== "image") return known
    if (known.data.length > leftChars)
      return text(`[a picture: ${known.mimeType}, ${sizeOf(known.data)}, left out for its size]`)
    leftChars -= known.data.length
    return known
  })
  if (structuredContent !== undefined && !items.some(({ type }) => type === "text"))
    items.push(text(JSON.stringify(plainValue(structuredContent)) ?? ""))
  if (isError === true) throw new ReportedError(beginningOf(wordsOf(items), maxErrorChars) || "The tool failed.")
  return { content: items }
}

/** Presents a result to the model, with pictures as pictures if the model sees them. */
export function mcpModelOutput(seesPictures: boolean): NonNullable<Tool["toModelOutput"]> {
  return ({ output }) => {
    // An older version may have stored the output unchecked.
    const read = resultSchema.safeParse(output)
    if (!read.success || read.data.content.length === 0)
      return { type: "json", value: (plainValue(output) ?? null) as never }
    return {
      type: "content",
      value: read.data.content
        .map(itemOf)
        .map((item) =>
          item.type === "image" && seesPictures
            ? { type: "file" as const, mediaType: item.mimeType, data: { type: "data" as const, data: item.data } }
            : text(wordOf(item)),
        ),
    }
  }
}

function itemOf(item: z.infer<typeof itemSchema>): Item {
  const { type } = item
  if (type === "text" && typeof item["text"] === "string") return text(item["text"])
  const bytes = bytesSchema.safeParse(item).data
  if (bytes) return withBytes(bytes.mimeType, bytes.data)
  const resource = resourceSchema.safeParse(item).data?.resource
  if (resource?.text !== undefined) return text(`${resource.uri.slice(0, 500)}:\n${resource.text}`)
  if (resource?.blob !== undefined) return withBytes(resource.mimeType, resource.blob)
  const link = linkSchema.safeParse(item).data
  if (link) return text(`${(link.name ?? "A resource").slice(0, 200)}: ${link.uri.slice(0, 2_000)}`)
  return text((JSON.stringify(plainValue(item)) ?? "").slice(0, maxOddChars))
}

const picture = /^image\/(png|jpeg|webp|gif)$/

function withBytes(mimeType: string, data: string): Item {
  if (picture.test(mimeType) && /^[A-Za-z0-9+/=\s]+$/.test(data)) return { type: "image", data, mimeType }
  return text(`[a file: ${wellFormedText(mimeType)}, ${sizeOf(data)}]`)
}

function wordsOf(items: Item[]): string {
  return items.map(wordOf).join("\n").trim()
}

function wordOf(item: Item): string {
  return item.type === "text" ? item.text : `[a picture: ${item.mimeType}, ${sizeOf(item.data)}]`
}

function sizeOf(base64: string): string {
  return `${Math.ceil((base64.length * 3) / 4 / 1000)} kB`
}

function text(words: string): { type: "text"; text: string } {
  return { type: "text", text: wellFormedText(words) }
}
