/** A browser's cookie handling: keeps received cookies, and sends them back. */
import { parseSetCookieHeader } from "better-auth/cookies"

type Handler = (request: Request, next: { params: Promise<Record<string, never>> }) => Promise<Response>

export interface Visitor {
  /** JSON to an address of ours; further headers as given */
  post(path: string, body: object, headers?: Record<string, string>): Promise<Response>
  get(path: string, headers?: Record<string, string>): Promise<Response>
  /** with the cookies, as any other address would get them */
  headers(): Headers
  cookies: Map<string, string>
}

export function visitorOf(handlers: { GET: Handler; POST: Handler }, address = "192.0.2.1"): Visitor {
  const cookies = new Map<string, string>()
  const headers = () =>
    new Headers({
      host: "127.0.0.1:3000",
      "x-forwarded-for": address,
      ...(cookies.size > 0 && { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join("; ") }),
    })

  async function send(method: "GET" | "POST", path: string, body: object | undefined, further: Record<string, string>) {
    const sent = headers()
    for (const [name, value] of Object.entries(further)) sent.set(name, value)
    if (body) sent.set("content-type", "application/json")
    // Next takes a request's address from its own configuration, whatever `Host` says.
    const request = new Request(`http://localhost:3000${path}`, {
      method,
      headers: sent,
      ...(body && { body: JSON.stringify(body) }),
    })
    const response = await handlers[method](request, { params: Promise.resolve({}) })
    for (const line of response.headers.getSetCookie())
      for (const [name, { value, "max-age": maxAge }] of parseSetCookieHeader(line)) {
        if (maxAge === 0) cookies.delete(name)
        else cookies.set(name, value)
      }
    return response
  }

  return {
    cookies,
    headers,
    post: (path, body, further = {}) => send("POST", path, body, further),
    get: (path, further = {}) => send("GET", path, undefined, further),
  }
}
