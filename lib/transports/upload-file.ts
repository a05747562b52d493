import type { FileUIPart } from "ai"
import { addresses } from "./chat-api.ts"
import { ChatProblem, problemOf } from "./chat-problem.ts"
import { fetchWithRetry } from "./fetch-with-retry.ts"
import { problemTexts } from "./problem-texts.ts"
import { signInAsGuest } from "./sign-in-as-guest.ts"

/** How long a proxy may answer in the server's place before the upload fails. */
const awayMs = 2 * 60_000

export interface UploadProgress {
  /** from 0 to 1 */
  onProgress: (share: number) => void
  signal: AbortSignal
}

/**
 * Uploads a file. A visitor without a session becomes a guest first.
 * @returns the message part that refers to the file
 * @throws ChatProblem with a sentence for people; the signal's reason if the upload was cancelled
 */
export async function uploadFile(file: File, progress: UploadProgress): Promise<FileUIPart> {
  let response = await sendWithRetry(file, progress)
  if (response.status === 401) {
    await signInAsGuest()
    response = await sendWithRetry(file, progress)
  }
  if (!response.ok) throw await problemOf(response)
  const { url, mediaType, filename } = (await response.json()) as Omit<FileUIPart, "type"> // from our server: app/api/files/route.ts
  return { type: "file", url, mediaType, ...(filename && { filename }) }
}

/**
 * Tries again if a proxy answers in the server's place. After a broken connection only the user can: repeating the
 * whole upload may cost them money.
 */
function sendWithRetry(file: File, { onProgress, signal }: UploadProgress): Promise<Response> {
  return fetchWithRetry((signal) => send(file, { onProgress, signal }), {
    signal,
    limitMs: Number.POSITIVE_INFINITY,
    awayMs,
    sent: "file",
    onFailed: () => onProgress(0),
  })
}

/** Uses XMLHttpRequest, because `fetch` does not report the progress of an upload. */
function send(file: File, { onProgress, signal }: UploadProgress): Promise<Response> {
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
