import { ChatError, type ErrorCode } from "#lib/errors.ts"

export interface BodyLimits {
  maxBytes: number
  /** what more than that is refused with */
  tooLarge: ErrorCode
  /** how long a body may take that brings nothing */
  patienceMs: number
  /** for each so many bytes that came it may take a second longer; none where undefined */
  bytesPerSecond?: number
}

/** What is not read stays in the connection: it can carry no other request. */
const andClose = { headers: { connection: "close" } }

/** What is packed may unfold into anything. @throws ChatError "unsupported_encoding" */
export function expectUnencoded(headers: Headers): void {
  if ((headers.get("content-encoding") ?? "identity") !== "identity") throw new ChatError("unsupported_encoding")
}

/** @throws ChatError as `tooLarge` says, where the body is said to be larger than that */
export function checkDeclaredSize({ headers }: Request, { maxBytes, tooLarge }: BodyLimits): void {
  if (Number(headers.get("content-length") ?? 0) > maxBytes) throw new ChatError(tooLarge, andClose)
}

/**
 * Reads a body, and no further than it may go.
 * @throws ChatError as `tooLarge` says, "request_timeout"
 */
export async function readBytes(request: Request, limits: BodyLimits): Promise<Uint8Array<ArrayBuffer>> {
  const { maxBytes, tooLarge, patienceMs, bytesPerSecond = Number.POSITIVE_INFINITY } = limits
  checkDeclaredSize(request, limits)
  if (!request.body) return new Uint8Array()
  const reader = request.body.getReader()
  const begunMs = performance.now()
  let isLate = false
  const giveUp = () => {
    isLate = true
    void reader.cancel()
  }
  let timer = setTimeout(giveUp, patienceMs)
  try {
    const slices: Uint8Array[] = []
    let size = 0
    for (let slice = await reader.read(); !slice.done; slice = await reader.read()) {
      size += slice.value.byteLength
      if (size > maxBytes) {
        await reader.cancel()
        throw new ChatError(tooLarge, andClose)
      }
      slices.push(slice.value)
      clearTimeout(timer)
      const allowedMs = patienceMs + (size / bytesPerSecond) * 1000
      timer = setTimeout(giveUp, Math.max(0, begunMs + allowedMs - performance.now()))
    }
    if (isLate) throw new ChatError("request_timeout", andClose)
    return new Uint8Array(Buffer.concat(slices))
  } finally {
    clearTimeout(timer)
  }
}
