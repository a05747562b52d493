import { ChatError, type ErrorCode } from "#lib/errors.ts"

export interface BodyLimits {
  maxBytes: number
  /** the error code for a larger body */
  tooLarge: ErrorCode
  /** time limit before the first byte */
  patienceMs: number
  /** minimum upload rate in bytes per second; undefined: no minimum */
  bytesPerSecond?: number
}

/** Unread bytes stay in the connection, so it cannot carry another request. */
const closeConnection = { headers: { connection: "close" } }

/** Refuses a compressed body, which may expand to any size. @throws ChatError "unsupported_encoding" */
export function expectUnencoded(headers: Headers): void {
  if ((headers.get("content-encoding") ?? "identity") !== "identity") throw new ChatError("unsupported_encoding")
}

/** Checks the declared size of a body. @throws ChatError as `tooLarge` says */
export function checkDeclaredSize({ headers }: Request, { maxBytes, tooLarge }: BodyLimits): void {
  if (Number(headers.get("content-length") ?? 0) > maxBytes) throw new ChatError(tooLarge, closeConnection)
}

/** Reads a body up to its limits. @throws ChatError as `tooLarge` says, "request_timeout" also if its client has left */
export async function readBytes(request: Request, limits: BodyLimits): Promise<Uint8Array<ArrayBuffer>> {
  const { maxBytes, tooLarge, patienceMs, bytesPerSecond = Number.POSITIVE_INFINITY } = limits
  checkDeclaredSize(request, limits)
  if (!request.body) return new Uint8Array()
  const reader = request.body.getReader()
  const startedAtMs = performance.now()
  let isLate = false
  const onTimeout = () => {
    isLate = true
    void reader.cancel().catch(() => undefined)
  }
  let timer = setTimeout(onTimeout, patienceMs)
  try {
    const slices: Uint8Array[] = []
    let size = 0
    const read = () =>
      reader.read().catch((cause: unknown) => {
        throw new ChatError("request_timeout", { cause, ...closeConnection })
      })
    for (let slice = await read(); !slice.done; slice = await read()) {
      size += slice.value.byteLength
      if (size > maxBytes) {
        await reader.cancel()
        throw new ChatError(tooLarge, closeConnection)
      }
      slices.push(slice.value)
      clearTimeout(timer)
      const allowedMs = patienceMs + (size / bytesPerSecond) * 1000
      timer = setTimeout(onTimeout, Math.max(0, startedAtMs + allowedMs - performance.now()))
    }
    if (isLate) throw new ChatError("request_timeout", closeConnection)
    return new Uint8Array(Buffer.concat(slices))
  } finally {
    clearTimeout(timer)
  }
}
