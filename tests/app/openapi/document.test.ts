import { readFileSync } from "node:fs"
import { Validator } from "@seriousme/openapi-schema-validator"
import { describe, expect, test } from "vitest"
import { errorKinds } from "#lib/errors.ts"
import { codeIn } from "#tests/docs/markdown-tables.ts"
import { document, howToDescribe, problemsOf } from "#tests/support/clients/described.ts"
import { freshService, stranger } from "#tests/support/clients/service.ts"
import { scripted } from "#tests/support/providers/scripted-model.ts"

test("anyone may read the document, and it is valid OpenAPI 3.1", async () => {
  await freshService({ model: scripted("one") })
  const response = await stranger().request("/api/openapi.json")
  expect(response.status).toBe(200)
  const served = await response.json()
  const validator = new Validator()
  expect(await validator.validate(structuredClone(served))).toMatchObject({ valid: true })
  expect(validator.version).toBe("3.1")
  expect(served).toEqual(JSON.parse(JSON.stringify(document)))
})

test("every schema is used, and every reference leads to one", () => {
  const used = new Set([...JSON.stringify(document).matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, id]) => id))
  expect([...used].toSorted()).toEqual(Object.keys(document.components.schemas).toSorted())
})

const bodies = Object.entries(document.paths).flatMap(([address, methods]) =>
  Object.entries(methods).flatMap(([method, { requestBody }]) => {
    const examples = Object.entries(requestBody?.content["application/json"]?.examples ?? {})
    return examples.map(([name, { value }]) => ({ name, address, method, value }))
  }),
)

test.each(bodies)('$method $address: the example "$name" has the shape of its schema', ({ address, method, value }) => {
  expect(problemsOf(value, "paths", address, method, "requestBody", "content", "application/json", "schema")).toEqual(
    [],
  )
})

describe("the protocol and the document name the same refusals", () => {
  const sections = readFileSync("docs/protocol.md", "utf8").split(/^### /m).slice(1)
  const documented = sections.flatMap((section) => {
    const address = /^(?:\w+ )?(\/api\/\S+)/.exec(section)?.[1]?.replace(/:(\w+)/g, "{$1}")
    const method = /^([A-Z]+) /.exec(section)?.[1]?.toLowerCase()
    const codes = [...section.matchAll(/Refused with:\s([\s\S]+?)(?:\.\n|\n\n)/g)].flatMap(([, text = ""]) =>
      codeIn(text),
    )
    return address && codes.length > 0 ? [{ address, method, codes: codes.filter((code) => code in errorKinds) }] : []
  })

  test.each(documented)("$address", ({ address, method, codes }) => {
    const methods = document.paths[address] ?? {}
    const described = JSON.stringify(method ? methods[method] : methods)
    expect(
      codes.filter((code) => !described.includes(`"${code}"`)),
      howToDescribe,
    ).toEqual([])
  })

  test("the protocol is read at all", () => expect(documented.length).toBeGreaterThan(11))
})
