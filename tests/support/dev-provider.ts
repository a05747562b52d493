/**
 * A provider for a person to try a dialect with. Without a name it lists them.
 *
 *     npm run dev:provider -- think-tags
 */
import { dialects } from "./dialects/all.ts"
import { startOpenAiServer } from "./openai-server.ts"

const [name] = process.argv.slice(2)
const isKnown = name !== undefined && Object.hasOwn(dialects, name)

if (!isKnown) {
  for (const [each, { row, about }] of Object.entries(dialects))
    console.log(`${each.padEnd(30)} ${row.padEnd(4)} ${about}`)
  if (name !== undefined) console.error(`\nNobody speaks "${name}". These are spoken.`)
  process.exitCode = name === undefined ? 0 : 1
} else {
  const server = await startOpenAiServer({ port: 8089, answer: { dialect: name }, paceMs: 150 })
  console.log(`Speaks ${name}: ${dialects[name]?.about}\nStart the app with:\n`)
  console.log(`OPENAI_BASE_URL=${server.url} CHAT_MODELS=${name} npm run dev`)
}
