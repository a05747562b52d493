/**
 * A provider for a person to try a dialect with, or a server that refuses a part of a request. Without a name it lists
 * them.
 *
 *     npm run dev:provider -- think-tags
 *     npm run dev:provider -- no-tools
 */
import { dialects } from "../dialects/all.ts"
import { type OpenAiServerOptions, startOpenAiServer } from "./openai-server.ts"
import { type RefusingServer, refuses, refusingServers } from "./refusing-servers.ts"

const [name] = process.argv.slice(2)
const answer = name === undefined ? undefined : answerOf(name)

if (name === undefined || answer === undefined) {
  for (const [each, { row, about }] of Object.entries(dialects)) list(each, row, about)
  for (const each of Object.keys(refusingServers)) list(each, "", "refuses a part of the request, or all of it")
  if (name !== undefined) console.error(`\nNobody speaks "${name}". These are spoken.`)
  process.exitCode = name === undefined ? 0 : 1
} else {
  const server = await startOpenAiServer({ port: 8089, answer, paceMs: 150 })
  console.log(`Speaks ${name}${dialects[name] ? `: ${dialects[name].about}` : ""}\nStart the app with:\n`)
  console.log(`OPENAI_BASE_URL=${server.url} CHAT_MODELS=${name} npm run dev`)
}

function list(each: string, row: string, about: string): void {
  console.log(`${each.padEnd(30)} ${row.padEnd(4)} ${about}`)
}

function answerOf(spoken: string): OpenAiServerOptions["answer"] {
  if (Object.hasOwn(dialects, spoken)) return { dialect: spoken }
  if (!isRefusing(spoken)) return undefined
  return ({ body }) => {
    const refusal = refuses(spoken, body)
    return refusal ? { refusal } : "Hello world."
  }
}

function isRefusing(spoken: string): spoken is RefusingServer {
  return Object.hasOwn(refusingServers, spoken)
}
