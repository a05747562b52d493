import { z } from "zod"

const shapes = z.registry<{ id: string }>()

/** Gives a schema its name in the document. */
export function named<Schema extends z.ZodType>(id: string, schema: Schema): Schema {
  shapes.add(schema, { id })
  return schema
}

/** @throws where the schema has no name */
export function referenceTo(schema: z.ZodType): { $ref: string } {
  const id = shapes.get(schema)?.id
  if (id === undefined) throw new Error("a schema of a body has no name")
  return { $ref: addressOf(id) }
}

/** Returns all named schemas, as a client sends or reads them. */
export function namedSchemas(): Record<string, object> {
  const { schemas } = z.toJSONSchema(shapes, { uri: addressOf, io: "input", override: withoutNoise })
  // Both belong to documents that are a schema as a whole.
  return Object.fromEntries(Object.entries(schemas).map(([id, { $schema, $id, ...schema }]) => [id, schema]))
}

/** Converts the schema of a parameter, which has no name. */
export function inlineSchema(schema: z.ZodType): object {
  const { $schema, ...inline } = z.toJSONSchema(schema, { io: "input", override: withoutNoise })
  return inline
}

const addressOf = (id: string) => `#/components/schemas/${id}`

/** A known format says all that zod's long pattern for it says. */
function withoutNoise({ jsonSchema }: { jsonSchema: z.core.JSONSchema.BaseSchema }): void {
  if (jsonSchema.format !== undefined) delete jsonSchema.pattern
}
