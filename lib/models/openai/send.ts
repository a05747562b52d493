/** Sends a request to a provider over `node:http` and reads the reply up to its body. */

import http, { type IncomingMessage } from "node:http"
import https from "node:https"
import { Readable } from "node:stream"
import { parsedJson } from "#lib/parsed-json.ts"
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

const maxRedirects = 5

export function providerSender({ baseUrl, apiKey }: ProviderAddress, limits = providerLimits): Send {
  const address = new URL(`${baseUrl.replace(/\/+$/, "")}/chat/completions`)
  const ownHeaders = {
    "content-type": "application/json",
    accept: "text/event-stream, application/json",
    // A compressing proxy delays words until it has enough of them.
    "accept-encoding": "identity",
    "user-agent": "rejoin",
  }

  return async ({ body, headers, signal }) => {
    const payload = Buffer.from(JSON.stringify(body))
    let url = address
    for (let redirects = 0; ; redirects++) {
      // The key is sent only to the configured server, even after a redirect.
      const key = apiKey && url.origin === address.origin ? { authorization: `Bearer ${apiKey}` } : {}
      const response = await openResponse(
        { url, payload, headers: { ...ownHeaders, ...key, ...headers }, signal },
        limits,
      )
      const target = redirectOf(response, url)
      if (!target || redirects === maxRedirects) return replyOf(response, url, { limits, signal })
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

/** Returns the response once its headers have arrived. */
async function openResponse(exchange: Exchange, limits: ProviderLimits): Promise<IncomingMessage> {
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
    return await sendOnce(exchange, limits)
  } catch (error) {
    // The provider closed an idle connection just as this request took it, so no server has read the request.
    if (error instanceof StaleConnection) return sendOnce(exchange, limits)
    throw error
  }
}

class StaleConnection extends Error {}

function sendOnce({ url, payload, headers, signal }: Exchange, limits: ProviderLimits): Promise<IncomingMessage> {
  const isSecure = url.protocol === "https:"
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason)
    const request = (isSecure ? https : http).request(url, {
      method: "POST",
      agent: isSecure ? agents.https : agents.http,
      headers: { ...definedHeaders(headers), "content-length": payload.length },
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
    // Never removed: a socket may also fail after the response has begun, and its body reports that too.
    request.on("error", (error: NodeJS.ErrnoException) => {
      release()
      const isStale = request.reusedSocket && (error.code === "ECONNRESET" || error.code === "EPIPE")
      reject(isStale ? new StaleConnection(error.message, { cause: error }) : error)
    })
    request.end(payload)
  })
}

/** Keeps connections open for later requests. They use a proxy if Node's own do (`NODE_USE_ENV_PROXY`). */
const agents = {
  http: new http.Agent({ ...proxyOf(http.globalAgent), keepAlive: true, timeout: 15_000 }),
  https: new https.Agent({ ...proxyOf(https.globalAgent), keepAlive: true, timeout: 15_000 }),
}

function proxyOf(agent: http.Agent): Pick<http.AgentOptions, "proxyEnv"> {
  const { options } = agent as unknown as { options: http.AgentOptions } // public, and missing in its type
  return options.proxyEnv ? { proxyEnv: options.proxyEnv } : {}
}

/** Follows only the two redirects that keep a POST unchanged. */
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
  // Not a stream, so it is read whole: an error in it is a refusal like any other.
  const text = await readText(body, watch)
  const refusal = refusalOf(head, text)
  const error = errorIn(refusal.json)
  if (error) return { ...refusal, status: error.status ?? 502 }
  return { ...head, kind: "answer", body: Readable.from([Buffer.from(asStream(refusal))]) }
}

function isStream(contentType: string): boolean {
  return /\bevent-stream\b|\bndjson\b|\bjsonl\b|\bx-json-stream\b/i.test(contentType)
}

/**
 * Turns a whole reply into a stream with an explicit end. Text that is not JSON may be lines of JSON that mark their
 * own end.
 */
function asStream({ text, json }: ProviderRefusal): string {
  return json === undefined ? text : `data: ${JSON.stringify(json)}\n\ndata: [DONE]\n\n`
}

function refusalOf(head: ReplyHead, text: string): ProviderRefusal {
  return { ...head, kind: "refusal", text, json: parsedJson(text) }
}

function headersOf({ headers }: IncomingMessage): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]))
}

function definedHeaders(headers: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name.toLowerCase(), value]])),
  )
}
