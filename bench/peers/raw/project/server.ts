/**
 * The least that a server can do: sends the provider's bytes on to whoever asks, and keeps them in memory for others.
 *
 *     POST /chats/<id>  {question} → the answer        GET /chats/<id> → the running answer from its beginning, or 204
 */
import { createServer, request, type ServerResponse } from "node:http"

interface Answer {
  pieces: Buffer[]
  readers: Set<ServerResponse>
}

const running = new Map<string, Answer>()
const provider = `${process.env.OPENAI_BASE_URL}/chat/completions`

const server = createServer(async (asked, response) => {
  const id = asked.url?.slice("/chats/".length) ?? ""
  if (asked.method === "GET") return follow(id, response)
  let body = ""
  for await (const piece of asked.setEncoding("utf8")) body += piece
  ask(id, JSON.parse(body).question, response)
})
server.listen(Number(process.env.PORT), "127.0.0.1", () => console.log("listening"))

function ask(id: string, question: string, response: ServerResponse): void {
  const answer: Answer = { pieces: [], readers: new Set() }
  running.set(id, answer)
  const end = () => {
    running.delete(id)
    for (const reader of answer.readers) reader.end()
  }
  const messages = [{ role: "user", content: question }]
  request(provider, { method: "POST", headers: { "content-type": "application/json" } }, (said) => {
    said.on("data", (bytes: Buffer) => {
      answer.pieces.push(bytes)
      for (const reader of answer.readers) reader.write(bytes)
    })
    said.on("close", end)
  })
    .on("error", end)
    .end(JSON.stringify({ model: "test-model", stream: true, messages }))
  follow(id, response)
}

function follow(id: string, response: ServerResponse): void {
  const answer = running.get(id)
  if (!answer) return void response.writeHead(204).end()
  response.writeHead(200, { "content-type": "text/event-stream" })
  response.flushHeaders()
  if (answer.pieces.length > 0) response.write(Buffer.concat(answer.pieces))
  answer.readers.add(response)
  response.on("close", () => answer.readers.delete(response))
}
