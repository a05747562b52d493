/** `docs/protocol.md` and the README's settings describe exactly what the code does. */
import { globSync, readFileSync } from "node:fs"
import { isDeepStrictEqual } from "node:util"
import { describe, expect, test } from "vitest"
import { errorKinds } from "#lib/errors.ts"
import { document, howToDescribe } from "#tests/support/clients/described.ts"
import { codeIn, tableRows } from "./markdown-tables.ts"

const protocol = tableRows("docs/protocol.md")

test("every error code is in the protocol, with its status and whether to try again", () => {
  const documented = protocol
    .filter(([, , again]) => again === "yes" || again === "no")
    .map(([code = "", status, again]) => [codeIn(code)[0], Number(status), again])
  const known = Object.entries(errorKinds).map(([code, kind]) => {
    return [code, kind.status, "retryable" in kind && kind.retryable ? "yes" : "no"]
  })
  expect(documented.toSorted()).toEqual(known.toSorted())
})

test("every code in the protocol exists", () => {
  const text = readFileSync("docs/protocol.md", "utf8")
  const named = [...text.matchAll(/Refused with:\s([\s\S]+?)(?:\.\n|\n\n)/g)].flatMap(([, codes = ""]) => codeIn(codes))
  expect(named.length).toBeGreaterThan(20)
  expect(named.filter((code) => /^[a-z_]+$/.test(code) && !(code in errorKinds))).toEqual([])
})

describe("every address is in the protocol", () => {
  const routes = globSync("app/api/**/route.ts").filter((file) => !file.includes("[...unknown]"))
  const documented = new Map<string, Set<string>>()
  for (const [methodsAndAddress = ""] of protocol)
    for (const code of codeIn(methodsAndAddress).filter((code) => code.includes("/api/"))) {
      const [address = "", ...methods] = code.split(" ").reverse()
      const before = codeIn(methodsAndAddress).filter((method) => /^[A-Z]+$/.test(method))
      documented.set(address, new Set([...(documented.get(address) ?? []), ...methods, ...before]))
    }

  test("no other address is in it", () => {
    expect([...documented.keys()].toSorted()).toEqual(routes.map(addressOf).toSorted())
  })

  test.each(routes)("its methods are in the protocol: %s", (file) => {
    const methods = methodsIn(readFileSync(file, "utf8"))
    const said = documented.get(addressOf(file)) ?? new Set()
    // Two addresses answer every method themselves.
    if (methods.size > 0 && said.size > 0) expect(said).toEqual(methods)
    else expect(["app/api/metrics/route.ts", "app/api/auth/[...all]/route.ts"]).toContain(file)
  })

  test("it is in GET /api/openapi.json, with the same methods", () => {
    const differing = [...documented].filter(([address, methods]) => {
      const described = describedMethods(address)
      // Of a library's addresses only those that the pages use are described, each with its methods.
      return address.endsWith("*") ? described.size === 0 : !isDeepStrictEqual(described, methods)
    })
    expect(differing, howToDescribe).toEqual([])
  })
})

/** @param address of the protocol: `/api/chat/:chatId`, or `/api/auth/*` for all below it */
function describedMethods(address: string): Set<string> {
  const [wanted = ""] = address.replace(/:(\w+)/g, "{$1}").split("*")
  const paths = Object.entries(document.paths).filter(([known]) =>
    address.endsWith("*") ? known.startsWith(wanted) : known === wanted,
  )
  return new Set(paths.flatMap(([, methods]) => Object.keys(methods).map((method) => method.toUpperCase())))
}

/** `app/api/chat/[chatId]/route.ts` is `/api/chat/:chatId`. */
function addressOf(file: string): string {
  return file
    .replace(/^app(.*)\/route\.ts$/, "$1")
    .replace(/\[\.\.\.\w+\]/g, "*")
    .replace(/\[(\w+)\]/g, ":$1")
}

/** Returns the methods for which a route file exports a handler. */
function methodsIn(source: string): Set<string> {
  const given = source.matchAll(/(?:^ {2}(?:async )?|[{,] )(GET|HEAD|OPTIONS|POST|PUT|PATCH|DELETE)(?=\(|:)/gm)
  return new Set([...given].map(([, method = ""]) => method))
}

describe("every setting", () => {
  const source = ["lib/config.ts", ...globSync("lib/settings/*.ts")]
    .map((file) => readFileSync(file, "utf8"))
    .join("\n")
  const names = [...source.matchAll(/^ {2}([A-Z][A-Z0-9_]+): /gm)].map(([, name = ""]) => name)
  const settings = names.filter((name) => name !== "NODE_ENV")

  test("is in the README's table, which has no others", () => {
    expect(settings.length).toBeGreaterThan(30)
    const rows = tableRows("README.md").map(([first = ""]) => codeIn(first))
    const documented = rows.filter((codes) => codes.every((code) => /^[A-Z][A-Z0-9_]+$/.test(code))).flat()
    expect(documented.toSorted()).toEqual(settings.toSorted())
  })

  test("is in .env.example, which has no others", () => {
    const example = readFileSync(".env.example", "utf8")
    const set = [...example.matchAll(/^([A-Z][A-Z0-9_]+)=/gm)].map(([, name = ""]) => name)
    expect(set.toSorted()).toEqual(settings.toSorted())
  })
})
