import type { FileUIPart } from "ai"
import { addresses } from "./chat-api.ts"
import { ChatProblem, problemOf } from "./chat-problem.ts"
import { fetchWithRetry } from "./fetch-with-retry.ts"
import { problemTexts } from "./problem-texts.ts"
import { signInAsGuest } from "./sign-in-as-guest.ts"

/** So long something else may answer in the server's place before that is told. */
const awayMs = 2 * 60_000

export interface UploadProgress {
  /** from 0 to 1 */
  onProgress: (share: number) => void
  signal: AbortSignal
}

/**
 * Brings a file to the server. Whoever has no session yet becomes a guest by it.
 * @returns the part that names it in a message
 * @throws ChatProblem with its sentence for people; the signal's reason where it was taken back
 */
export async function uploadFile(file: File, progress: UploadProgress): Promise<FileUIPart> {
  let response = await putOnceServed(file, progress)
  if (response.status === 401) {
    await signInAsGuest()
    response = await putOnceServed(file, progress)
  }
  if (!response.ok) throw await problemOf(response)
  const { url, mediaType, filename } = (await response.json()) as Omit<FileUIPart, "type"> // ours, see app/api/files
  return { type: "file", url, mediaType, ...(filename && { filename }) }
}

/**
 * Tries again where something else answers in the server's place. A connection that breaks is not tried again without being
 * asked: that costs whoever pays for the bytes.
 */
function putOnceServed(file: File, { onProgress, signal }: UploadProgress): Promise<Response> {
  return fetchWithRetry((signal) => put(file, { onProgress, signal }), {
    signal,
    limitMs: Number.POSITIVE_INFINITY,
    awayMs,
    sent: "file",
    onFailed: () => onProgress(0),
  })
}

/** By the older interface: only that one tells how much has gone. */
function put(file: File, { onProgress, signal }: UploadProgress): Promise<Response> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    const abort = () => request.abort()
    const settle = (outcome: () => void) => {
      signal.removeEventListener("abort", abort)
      outcome()
    }
    request.upload.onprogress = (event) => event.lengthComputable && onProgress(event.loaded / event.total)
    request.onload = () => settle(() => resolve(responseOf(request)))
    request.onerror = () => settle(() => reject(new ChatProblem("unreachable", problemTexts.fileNotThrough)))
    request.onabort = () => settle(() => reject(signal.reason))
    request.open("POST", addresses.files)
    request.setRequestHeader("content-type", file.type || "application/octet-stream")
    request.setRequestHeader("x-filename", encodeURIComponent(file.name.toWellFormed()))
    signal.addEventListener("abort", abort)
    request.send(file)
  })
}

function responseOf(request: XMLHttpRequest): Response {
  const headers = new Headers()
  for (const name of ["content-type", "retry-after"]) {
    const value = request.getResponseHeader(name)
    if (value !== null) headers.set(name, value)
  }
  return new Response(request.responseText, { status: request.status, headers })
}
