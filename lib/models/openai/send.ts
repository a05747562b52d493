/** Sends a request to a provider over `node:http` and hears how it is answered, up to the body. */
import http, { type IncomingMessage } from "node:http"
import https from "node:https"
import { Readable } from "node:stream"
import { type BodyWatch, beginsAsJson, readText } from "./body-text.ts"
import {
  type ProviderAddress,
  type ProviderAnswer,
  type ProviderLimits,
  type ProviderRefusal,
  providerLimits,
  type ReplyHead,
  type Send,
} from "./exchange.ts"
import { cannotConnect } from "./provider-failure.ts"
import { decodedBody } from "./reader/decoded-body.ts"
import { errorIn } from "./reader/wire-error.ts"
import { parsed } from "./reader/wire-json.ts"

const mostRedirects = 5

export function providerSender({ baseUrl, apiKey }: ProviderAddress, limits = providerLimits): Send {
  const address = new URL(`${baseUrl.replace(/\/+$/, "")}/chat/completions`)
  const ownHeaders = {
    "content-type": "application/json",
    accept: "text/event-stream, application/json",
    // A compressor on the way holds words back until it has enough of them.
    "accept-encoding": "identity",
    "user-agent": "rejoin",
  }

  return async ({ body, headers, signal }) => {
    const payload = Buffer.from(JSON.stringify(body))
    let url = address
    for (let redirects = 0; ; redirects++) {
      // Somebody else's server is not told the key, wherever the provider sends us.
      const key = apiKey && url.origin === address.origin ? { authorization: `Bearer ${apiKey}` } : {}
      const response = await begun({ url, payload, headers: { ...ownHeaders, ...key, ...headers }, signal }, limits)
      const target = redirectOf(response, url)
      if (!target || redirects === mostRedirects) return replyOf(response, url, { limits, signal })
      response.destroy()
      url = target
    }
  }
}

interface Exchange {
  url: URL
  payload: Buffer
  headers: Record<string, string | undefined>
  signal: AbortSignal | undefined
}

/** @returns the response once its headers have come */
async function begun(exchange: Exchange, limits: ProviderLimits): Promise<IncomingMessage> {
  const { url, signal } = exchange
  try {
    return await attempt(exchange, limits)
  } catch (error) {
    if (error === signal?.reason || (error instanceof Error && error.name === "TimeoutError")) throw error
    throw cannotConnect(url.href, error)
  }
}

async function attempt(exchange: Exchange, limits: ProviderLimits): Promise<IncomingMessage> {
  try {
    return await requested(exchange, limits)
  } catch (error) {
    // The provider closed an idle connection in the very moment it was taken for this request: nobody has read it.
    if (error instanceof StaleConnection) return requested(exchange, limits)
    throw error
  }
}

class StaleConnection extends Error {}

function requested({ url, payload, headers, signal }: Exchange, limits: ProviderLimits): Promise<IncomingMessage> {
  const isSecure = url.protocol === "https:"
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason)
    const request = (isSecure ? https : http).request(url, {
      method: "POST",
      agent: isSecure ? agents.https : agents.http,
      headers: { ...definedOf(headers), "content-length": payload.length },
    })
    const onAbort = () => settle(() => reject(signal?.reason))
    const timer = setTimeout(() => {
      settle(() => reject(new DOMException(`no response within ${limits.headersMs} ms`, "TimeoutError")))
    }, limits.headersMs)

    function release(): void {
      clearTimeout(timer)
      signal?.removeEventListener("abort", onAbort)
    }
    function settle(refuse: () => void): void {
      release()
      refuse()
      request.destroy()
    }

    signal?.addEventListener("abort", onAbort)
    request.on("response", (response) => {
      release()
      resolve(response)
    })
    // Stays: a socket may fail after the response has begun, too, and its body is told of that as well.
    request.on("error", (error: NodeJS.ErrnoException) => {
      release()
      const isStale = request.reusedSocket && (error.code === "ECONNRESET" || error.code === "EPIPE")
      reject(isStale ? new StaleConnection(error.message, { cause: error }) : error)
    })
    request.end(payload)
  })
}

/** Connections wait for the next question for a while. They go through a proxy where Node's own do (`NODE_USE_ENV_PROXY`). */
const agents = {
  http: new http.Agent({ ...proxyOf(http.globalAgent), keepAlive: true, timeout: 15_000 }),
  https: new https.Agent({ ...proxyOf(https.globalAgent), keepAlive: true, timeout: 15_000 }),
}

function proxyOf(agent: http.Agent): Pick<http.AgentOptions, "proxyEnv"> {
  const { options } = agent as unknown as { options: http.AgentOptions } // public, and missing in its type
  return options.proxyEnv ? { proxyEnv: options.proxyEnv } : {}
}

/** A POST is sent on as it is by these two only. */
function redirectOf({ statusCode, headers }: IncomingMessage, url: URL): URL | undefined {
  if (statusCode !== 307 && statusCode !== 308) return undefined
  const { location = "" } = headers
  const target = URL.canParse(location, url) ? new URL(location, url) : undefined
  return target?.protocol === "http:" || target?.protocol === "https:" ? target : undefined
}

async function replyOf(
  response: IncomingMessage,
  url: URL,
  watch: BodyWatch,
): Promise<ProviderAnswer | ProviderRefusal> {
  const status = response.statusCode ?? 0
  const head = { url: url.href, status, headers: headersOf(response) }
  const body = decodedBody(response)
  if (status < 200 || status > 299) return refusalOf(head, await readText(body, watch).catch(() => ""))
  if (isStream(head.headers["content-type"] ?? "") || !(await beginsAsJson(body, watch)))
    return { ...head, kind: "answer", body }
  // Whole already, or soon: an error among it is a refusal like any other.
  const text = await readText(body, watch)
  const refusal = refusalOf(head, text)
  const error = errorIn(refusal.json)
  if (error) return { ...refusal, status: error.status ?? 502 }
  return { ...head, kind: "answer", body: Readable.from([Buffer.from(asStream(refusal))]) }
}

function isStream(contentType: string): boolean {
  return /\bevent-stream\b|\bndjson\b|\bjsonl\b|\bx-json-stream\b/i.test(contentType)
}

/** What came whole has come to its end. JSON that is none may be lines of it, and says itself where it ends. */
function asStream({ text, json }: ProviderRefusal): string {
  return json === undefined ? text : `data: ${JSON.stringify(json)}\n\ndata: [DONE]\n\n`
}

function refusalOf(head: ReplyHead, text: string): ProviderRefusal {
  return { ...head, kind: "refusal", text, json: parsed(text) }
}

function headersOf({ headers }: IncomingMessage): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]))
}

function definedOf(headers: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name.toLowerCase(), value]])),
  )
}
