import { globSync, readFileSync } from "node:fs"
import path from "node:path"
import { expect, test } from "vitest"
import { layers, packageOwners } from "./layers.ts"

const mostFilesInFolder = 20
const files = globSync("{app,components,db,hooks,lib}/**/*.{ts,tsx}").sort()
const source = new Map(files.map((file) => [file, readFileSync(file, "utf8")]))
/** Type-only imports count, because a reader of the file must know their names too. */
const imports = new Map(files.map((file) => [file, importsOf(file)]))

test("the source is read at all", () => {
  expect(files.length).toBeGreaterThan(300)
  expect(imports.get("lib/turns/begin.ts")).toContain("lib/chat-protocol.ts")
})

test("no room imports a room that its row does not name", () => {
  expect(arrows().filter(({ from, to }) => !layers[from]?.includes(to))).toEqual([])
})

test("no row allows an import that is not used", () => {
  const used = new Set(arrows().map(({ from, to }) => `${from} → ${to}`))
  const allowed = Object.entries(layers).flatMap(([from, rooms]) => rooms.map((to) => `${from} → ${to}`))
  expect(allowed.filter((arrow) => !used.has(arrow))).toEqual([])
})

test("every arrow points down", () => {
  const floors = Object.keys(layers)
  const upwards = Object.entries(layers).flatMap(([from, rooms]) =>
    rooms.filter((to) => floors.indexOf(to) <= floors.indexOf(from)).map((to) => `${from} → ${to}`),
  )
  expect(upwards).toEqual([])
})

test("no files import one another in a circle", () => {
  expect(circles()).toEqual([])
})

test.each(Object.entries(packageOwners))("only its owner imports %s", (name, owners) => {
  const importers = files.filter((file) =>
    imports.get(file)?.some((imported) => imported === name || imported.startsWith(`${name}/`)),
  )
  expect(importers).toEqual(owners)
})

test(`no folder holds more than ${mostFilesInFolder} files`, () => {
  const tracked = globSync("{app,bench,components,db,docs,hooks,lib,tests}/**/*.{ts,tsx,css,md}")
  const counts = Map.groupBy(tracked, (file) => path.dirname(file))
  // Decisions are looked up by their number, and none is ever taken away.
  counts.delete("docs/decisions")
  const full = [...counts].filter(([, inside]) => inside.length > mostFilesInFolder)
  expect(full.map(([folder, inside]) => `${folder}: ${inside.length}`)).toEqual([])
})

test("the browser's network is in lib/transports alone: hooks and components name no address and fetch nothing", () => {
  const asking =
    /\bfetch\(|\bnew (?:EventSource|XMLHttpRequest|WebSocket)\b|\b(?:sendBeacon|createAuthClient)\b|["'`]\/api\//
  const browser = files.filter((file) => /^(?:app(?!\/api\/)|components|hooks)\//.test(file))
  expect(browser.filter((file) => asking.test(source.get(file) ?? ""))).toEqual([])
})

test("every API address that the browser requests is written once, in chat-api.ts", () => {
  const transports = files.filter((file) => file.startsWith("lib/transports/"))
  expect(transports.filter((file) => /["'`]\/api\//.test(source.get(file) ?? ""))).toEqual([
    "lib/transports/chat-api.ts",
  ])
})

test("L13 pages join signals only with firstToAbort, whose signal WebKit's garbage collector keeps", () => {
  const joining = files.filter(
    (file) =>
      /^(app|components|hooks|lib\/transports)\//.test(file) && /AbortSignal\.any\(/.test(source.get(file) ?? ""),
  )
  expect(joining).toEqual(["lib/transports/first-to-abort.ts"])
})

test("B67 only the addresses of the protocol can be called: no file of ours holds a Server Action", () => {
  expect(files.filter((file) => /["'`]use server["'`]/.test(source.get(file) ?? ""))).toEqual([])
})

/** @returns our own files by their path, packages by their name */
function importsOf(file: string): string[] {
  const statements = (source.get(file) ?? "").matchAll(/(?:\bfrom|\bimport)\s*\(?\s*"([^"]+)"/g)
  return [...statements].map(([, specifier = ""]) => {
    if (specifier.startsWith("#")) return specifier.slice(1)
    return specifier.startsWith(".") ? path.join(path.dirname(file), specifier) : specifier
  })
}

function roomOf(file: string): string | undefined {
  if (layers[file]) return file
  const [top = "", second = "", ...rest] = file.split("/")
  if (top === "components" && rest.length > 0) return `components/${second}`
  if (top !== "lib") return ["app", "components", "db", "hooks"].includes(top) ? top : undefined
  return rest.length > 0 || second.endsWith(".ts") ? `lib/${second}` : undefined
}

function arrows(): { from: string; to: string; file: string }[] {
  return files.flatMap((file) => {
    const from = roomOf(file) ?? ""
    const rooms = imports.get(file)?.map((imported) => roomOf(imported)) ?? []
    return rooms.flatMap((to) => (to === undefined || to === from ? [] : { from, to, file }))
  })
}

/** @returns one path for each circle that is found, from a file back to itself */
function circles(): string[][] {
  const found: string[][] = []
  const done = new Set<string>()
  const visit = (file: string, trail: string[]) => {
    if (trail.includes(file)) found.push([...trail.slice(trail.indexOf(file)), file])
    if (trail.includes(file) || done.has(file)) return
    for (const imported of imports.get(file) ?? []) if (imports.has(imported)) visit(imported, [...trail, file])
    done.add(file)
  }
  for (const file of files) visit(file, [])
  return found
}
