/** The document against every handler, in both directions. */
import { randomUUID } from "node:crypto"
import { globSync } from "node:fs"
import { expect, test } from "vitest"
import { type DescribedOperation, document, howToDescribe } from "#tests/support/clients/described.ts"
import { type Client, freshService } from "#tests/support/clients/service.ts"
import { scripted } from "#tests/support/providers/scripted-model.ts"

const methods = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"]
const metricsToken = "a token of some length"
const operations = Object.entries(document.paths).flatMap(([address, described]) =>
  Object.entries(described).map(([method, operation]) => ({ address, method: method.toUpperCase(), operation })),
)

test("every route file is described, with every method that it does not refuse", async () => {
  const client = await freshAdmin()
  const differences: string[] = []
  for (const file of globSync("app/api/**/route.ts")) {
    if (file.includes("[...unknown]")) continue
    const route = file.replace(/^app(.*)\/route\.ts$/, "$1").replace(/\[(\w+)\]/g, "{$1}")
    // A route that hands all below it to a library has the addresses that are described below it.
    const [below = "", isFamily] = route.split(/(?=\[)/)
    const described = operations.filter(({ address }) => (isFamily ? address.startsWith(below) : address === route))
    const asked = filled(described[0]?.address ?? route)
    const taken = await methodsTaken(client, asked)
    const known = [...new Set(described.map(({ method }) => method))]
    if (taken.toSorted().join() !== known.toSorted().join())
      differences.push(`${file} takes ${taken.join(", ")}, and the document has ${known.join(", ") || "none of them"}`)
  }
  expect(differences, howToDescribe).toEqual([])
})

test("every address of the document has a handler that takes the method", async () => {
  const client = await freshAdmin()
  const missing: string[] = []
  for (const { address, method } of operations) {
    const { status, code } = await ask(client, filled(address), { method })
    if (status === 405 || code === "not_found") missing.push(`${method} ${address}`)
  }
  expect(missing, "remove them from lib/openapi/addresses/").toEqual([])
})

test("handlers accept every example of a body", async () => {
  const client = await freshAdmin()
  const refused: object[] = []
  for (const { address, method, name, value } of operations.flatMap(examplesOf)) {
    const answer = await ask(client, filled(address), { method, json: value })
    // What an example names does not exist for a new user, and its account neither.
    if (answer.status >= 400 && ![401, 404, 409].includes(answer.status)) refused.push({ address, name, ...answer })
  }
  expect(refused).toEqual([])
})

test("handlers accept every example of a parameter", async () => {
  const client = await freshAdmin()
  const refused: object[] = []
  for (const { address, method, operation } of operations) {
    const { query, headers } = parametersOf(operation)
    const json = examplesOf({ address, method, operation })[0]?.value
    const body = operation.requestBody?.content["*/*"]?.example
    const answer = await ask(client, `${filled(address, operation)}${query}`, { method, headers, json, body })
    if (answer.status === 400) refused.push({ method, address, ...answer })
  }
  expect(refused).toEqual([])
})

test("handlers refuse every example that the document says they refuse, with its code", async () => {
  const client = await freshAdmin()
  const answered: object[] = []
  const documented: object[] = []
  for (const { address, method, operation } of operations) {
    for (const [name, { value, code }] of Object.entries(jsonBody(operation)?.["x-refused-examples"] ?? {})) {
      documented.push({ method, address, name, code })
      const answer = await ask(client, filled(address), { method, json: value })
      answered.push({ method, address, name, code: answer.code })
    }
    for (const parameter of operation.parameters ?? [])
      for (const [name, { value, code }] of Object.entries(parameter["x-refused-examples"] ?? {})) {
        documented.push({ method, address, parameter: parameter.name, name, code })
        const { query, headers } = parametersOf(operation, { name: parameter.name, value })
        const json = examplesOf({ address, method, operation })[0]?.value
        const answer = await ask(client, `${filled(address)}${query}`, { method, headers, json })
        answered.push({ method, address, parameter: parameter.name, name, code: answer.code })
      }
  }
  expect(documented.length).toBeGreaterThan(20)
  expect(answered).toEqual(documented)
})

/** Somebody who may ask for everything. */
async function freshAdmin(): Promise<Client> {
  const { person, services } = await freshService({
    model: scripted("one"),
    environment: { METRICS_TOKEN: metricsToken },
  })
  const admin = await person("ada@example.org")
  services.config.adminEmails.push("ada@example.org")
  return admin
}

interface Answered {
  status: number
  code: string | undefined
}

/** Asks with all rights, and does not wait for the end of a stream. */
async function ask(client: Client, address: string, init: Parameters<Client["request"]>[1]): Promise<Answered> {
  const headers = { ...init?.headers, authorization: `Bearer ${metricsToken}` }
  const response = await client.request(address, { ...init, headers })
  const isRefusal = response.status >= 400 && init?.method !== "HEAD"
  const code = isRefusal ? ((await response.json()) as { error?: { code: string } }).error?.code : undefined
  if (!isRefusal) await response.body?.cancel()
  return { status: response.status, code }
}

async function methodsTaken(client: Client, address: string): Promise<string[]> {
  const taken: string[] = []
  for (const method of methods) if ((await ask(client, address, { method })).status !== 405) taken.push(method)
  return taken
}

type Operation = (typeof operations)[number]

function examplesOf({ address, method, operation }: Operation) {
  const examples = Object.entries(jsonBody(operation)?.examples ?? {})
  return examples.map(([name, { value }]) => ({ address, method, name, value }))
}

function jsonBody({ requestBody }: DescribedOperation) {
  return requestBody?.content["application/json"]
}

/** Fills in the ids: the operation's examples, or new ones. */
function filled(address: string, operation?: DescribedOperation): string {
  const exampleOf = (name: string) => operation?.parameters?.find((parameter) => parameter.name === name)?.example
  return address.replace(/\{(\w+)\}/g, (_, name: string) => exampleOf(name) ?? randomUUID())
}

/** Fills in query and headers. With a wrong one, those that may be left out are. */
function parametersOf({ parameters = [] }: DescribedOperation, wrong?: { name: string; value: string }) {
  const query = new URLSearchParams()
  const headers: Record<string, string> = {}
  for (const { name, in: where, required, example } of parameters) {
    const isWrong = name === wrong?.name
    if (wrong && !isWrong && !required) continue
    if (where === "query") query.set(name, isWrong ? wrong.value : example)
    if (where === "header") headers[name] = isWrong ? wrong.value : example
  }
  return { query: query.size > 0 ? `?${query}` : "", headers }
}
