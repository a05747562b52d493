import type { z } from "zod"
import type { ErrorCode } from "#lib/errors.ts"
import { type Access, refusalResponses, refusalsOfAccess, refusalsOfJson } from "./refusals.ts"
import { inlineSchema, referenceTo } from "./shape.ts"

/** What a handler takes and gives, without what all of its kind do alike. */
export interface Operation {
  tag: "Answers" | "Chats" | "Files" | "Sessions" | "Operators"
  summary: string
  description?: string
  access: Access
  parameters?: Parameter[]
  body?: JsonBody | FileBody
  /** by status */
  replies: Record<number, Reply>
  /** besides those of its access, parameters and body */
  refusals?: ErrorCode[]
  /** codes of better-auth's own, by status */
  foreignRefusals?: Record<number, string[]>
}

/** Operations by method. Those that change something check the origin. */
export type Address = Partial<Record<"get" | "head" | "options" | "post" | "put" | "patch" | "delete", Operation>>

export interface Parameter {
  name: string
  in: "path" | "query" | "header"
  description: string
  schema: z.ZodType
  isRequired?: boolean
  example: string
  /** values that are refused, with the code; not for a path */
  refused?: Refused<string>
  refusals: ErrorCode[]
}

export interface JsonBody {
  schema: z.ZodType
  isOptional?: boolean
  /** by what they ask for */
  examples: Record<string, unknown>
  /** by what is wrong in them */
  refused: Refused<unknown>
}

export interface FileBody {
  file: string
  example: string
}

type Refused<Value> = Record<string, { value: Value; code: ErrorCode }>

export interface Reply {
  description: string
  json?: z.ZodType
  /** any other media type, as text or bytes */
  media?: string
  /** the data of each server-sent event, by the event's name; `message` is for those without a name */
  events?: Record<string, z.ZodType>
  headers?: Record<string, z.ZodType>
}

/** Writes an operation as OpenAPI has it. Extensions carry what it has no words for: refused examples, and events. */
export function described(method: string, operation: Operation): object {
  const { tag, summary, description, access, parameters = [], body, replies, foreignRefusals = {} } = operation
  return {
    tags: [tag],
    summary,
    ...(description && { description }),
    security: access === "anyone" ? [] : [access === "metrics token" ? { metricsToken: [] } : { session: [] }],
    ...(parameters.length > 0 && { parameters: parameters.map(parameterOf) }),
    ...(body && { requestBody: bodyOf(body) }),
    responses: {
      ...refusalResponses(refusalsOf(method, operation), foreignRefusals),
      ...Object.fromEntries(Object.entries(replies).map(([status, reply]) => [status, responseOf(reply)])),
    },
  }
}

function refusalsOf(method: string, { access, parameters = [], body, refusals = [] }: Operation): ErrorCode[] {
  const isChanging = !["get", "head", "options"].includes(method)
  return [
    ...refusalsOfAccess[access],
    ...(isChanging ? (["origin_not_allowed"] as const) : []),
    ...(body && "schema" in body ? refusalsOfJson : []),
    ...parameters.flatMap((parameter) => parameter.refusals),
    ...refusals,
  ]
}

function parameterOf({ name, in: where, description, schema, isRequired, example, refused }: Parameter): object {
  return {
    name,
    in: where,
    description,
    required: isRequired ?? where === "path",
    schema: inlineSchema(schema),
    example,
    ...(refused && { "x-refused-examples": refused }),
  }
}

function bodyOf(body: JsonBody | FileBody): object {
  if ("file" in body)
    return { description: body.file, required: true, content: { "*/*": { schema: {}, example: body.example } } }
  const examples = Object.fromEntries(Object.entries(body.examples).map(([name, value]) => [name, { value }]))
  return {
    required: !body.isOptional,
    content: {
      "application/json": {
        schema: referenceTo(body.schema),
        examples,
        "x-refused-examples": body.refused,
      },
    },
  }
}

function responseOf({ description, json, media, events, headers }: Reply): object {
  const named = Object.entries(headers ?? {}).map(([name, schema]) => [name, { schema: inlineSchema(schema) }])
  const shapes = Object.entries(events ?? {}).map(([name, schema]) => [name, referenceTo(schema)])
  const content = {
    ...(json && { "application/json": { schema: referenceTo(json) } }),
    ...(media && { [media]: { schema: media.startsWith("text/") ? { type: "string" } : {} } }),
    ...(events && {
      "text/event-stream": { schema: { type: "string" }, "x-events": Object.fromEntries(shapes) },
    }),
  }
  return {
    description,
    ...(headers && { headers: Object.fromEntries(named) }),
    ...(Object.keys(content).length > 0 && { content }),
  }
}
