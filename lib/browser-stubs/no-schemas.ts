/**
 * Replaces zod where the AI SDK imports it in the browser. The SDK builds schemas when it loads but never uses them here,
 * because `lib/transports` reads the streams of our own server. So this can build schemas, and throws if one is used.
 */
type Schema = ((...given: unknown[]) => Schema) & { readonly [name: string]: Schema }

const checks = /^(?:safe)?(?:parse|decode|encode)|^toJSONSchema$|^_zod$/i

const schema: Schema = new Proxy((() => undefined) as unknown as Schema, {
  apply: () => schema,
  get(_, name) {
    if (typeof name === "string" && checks.test(name)) noSchemas()
    return schema
  },
})

function noSchemas(): never {
  throw new Error("The browser has no schemas: see lib/browser-stubs/no-schemas.ts.")
}

export { noSchemas as safeParse, noSchemas as safeParseAsync, noSchemas as toJSONSchema }
export const config = (): void => undefined
export const globalRegistry = schema
/** Stands for a locale. */
export default config

export {
  schema as NEVER,
  schema as array,
  schema as boolean,
  schema as custom,
  schema as discriminatedUnion,
  schema as enum,
  schema as extend,
  schema as instanceof,
  schema as int,
  schema as lazy,
  schema as literal,
  schema as looseObject,
  schema as maximum,
  schema as minLength,
  schema as never,
  schema as nonnegative,
  schema as null,
  schema as number,
  schema as object,
  schema as optional,
  schema as pipe,
  schema as positive,
  schema as record,
  schema as refine,
  schema as startsWith,
  schema as string,
  schema as transform,
  schema as union,
  schema as unknown,
}
