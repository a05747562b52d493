/** Compares what handlers do with what `GET /api/openapi.json` says of them. */

import { Ajv2020 } from "ajv/dist/2020.js"
import addFormats from "ajv-formats"
import { openApiDocument } from "#lib/openapi/document.ts"

export interface OpenApi {
  paths: Record<string, Record<string, DescribedOperation>>
  components: { schemas: Record<string, object> }
}

export interface DescribedOperation {
  parameters?: DescribedParameter[]
  requestBody?: { required: boolean; content: Record<string, DescribedBody> }
  responses: Record<string, { content?: Record<string, { schema: object; "x-events"?: Record<string, object> }> }>
}

export interface DescribedParameter {
  name: string
  in: "path" | "query" | "header"
  required: boolean
  example: string
  "x-refused-examples"?: Record<string, { value: string; code: string }>
}

export interface DescribedBody {
  schema: object
  example?: string
  examples?: Record<string, { value: unknown }>
  "x-refused-examples"?: Record<string, { value: unknown; code: string }>
}

export const document = openApiDocument() as OpenApi // the validator of OpenAPI tests its shape

/** What to do where a handler and the document differ. */
export const howToDescribe =
  "describe it in lib/openapi/addresses/ (and docs/protocol.md), with its refusals and shapes: see operation.ts there"

/** Addresses of the document as they are asked for, so `/api/chat/{chatId}` matches any id. */
const patterns = Object.keys(document.paths).map((address) => ({
  address,
  pattern: new RegExp(`^${address.replace(/\{\w+\}/g, "[^/]+").replaceAll(".", "\\.")}$`),
}))

const ajv = new Ajv2020({ strict: false, allErrors: true })
addFormats.default(ajv)
ajv.addSchema(withoutUnknownFields(document), "document")

/** Returns what is wrong with a value; of the named schema, or of the one at this place of the document. */
export function problemsOf(value: unknown, ...place: string[]): string[] {
  const pointer = place.map((step) => `/${step.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("")
  const validate = ajv.getSchema(`document#${pointer}`)
  if (!validate) throw new Error(`the document has nothing at ${pointer}`)
  return validate(value) ? [] : [ajv.errorsText(validate.errors)]
}

/**
 * Fails where a response is not as the document describes it: its status, media type, body and error code. Says nothing
 * of what the document does not have, such as a method that is refused.
 */
export async function expectDescribed(method: string, pathname: string, response: Response): Promise<void> {
  const address = patterns.find(({ pattern }) => pattern.test(pathname))?.address ?? ""
  const operation = document.paths[address]?.[method.toLowerCase()]
  const asked = `${method} ${address}`
  if (!operation || neverSent.includes(`${asked} ${response.status}`)) return
  const differences = await differencesOf(response, operation, ["paths", address, method.toLowerCase()])
  if (differences.length > 0) throw new Error(`${asked} ${differences.join("; ")}: ${howToDescribe}`)
}

/** Replies of handlers to what runs them, of which a client sees nothing. */
const neverSent = ["GET /api/ws 204"]

async function differencesOf(response: Response, operation: DescribedOperation, place: string[]): Promise<string[]> {
  const status = String(response.status)
  const described = operation.responses[status]
  if (!described) return [`answered ${status}, which is not described`]
  const media = response.headers.get("content-type")?.split(";")[0]
  if (media === undefined) return []
  const known = Object.keys(described.content ?? {})
  const kind = known.find((each) => each === media) ?? known.find((each) => each === "*/*")
  if (kind === undefined) return [`answered ${status} as ${media}, which is not described`]
  if (kind !== "application/json" || response.body === null) return []
  const body = await response.clone().text()
  if (body === "") return [] // to HEAD
  const problems = problemsOf(JSON.parse(body), ...place, "responses", status, "content", kind, "schema")
  return problems.map((problem) => `answered ${status}, where ${problem} in ${body.slice(0, 500)}`)
}

/** Clients pass over unknown fields; a test is to find them. */
function withoutUnknownFields({ components, ...rest }: OpenApi): object {
  const close = (schema: unknown): unknown => {
    if (Array.isArray(schema)) return schema.map(close)
    if (typeof schema !== "object" || schema === null) return schema
    const closed = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, close(value)]))
    return "properties" in closed ? { additionalProperties: false, ...closed } : closed
  }
  return { ...rest, components: { schemas: close(components.schemas) } }
}
