import type { FileUIPart } from "ai"
import { useEffect, useEffectEvent, useRef, useState } from "react"
import { type Artifact, maxFileBytes } from "#lib/chat-protocol.ts"
import { firstLineOf } from "#lib/text.ts"
import { discardFile } from "#lib/transports/chat-api.ts"
import { ChatProblem } from "#lib/transports/chat-problem.ts"
import { problemTexts } from "#lib/transports/problem-texts.ts"
import { uploadFile } from "#lib/transports/upload-file.ts"
import type { Attached } from "../use-chat-manager.ts"

/** An attachment of the next message. */
export type Attaching = { key: string; name: string } & (
  | { kind: "file"; state: "uploading"; progress: number; preview: string | undefined }
  | { kind: "file"; state: "ready"; part: FileUIPart; preview: string | undefined }
  | { kind: "file"; state: "failed"; problem: string | "too-large"; canRetry: boolean; preview: string | undefined }
  | { kind: "text"; state: "ready"; artifact: Artifact }
)

export interface Attachments {
  items: Attaching[]
  addFiles(files: Iterable<File>): void
  /** attaches a text that is too long for the message field */
  addText(text: string): void
  /** uploads a failed file again; when the network returns this happens automatically */
  retry(key: string): void
  remove(key: string): void
  /** returns everything that is ready, and clears the list */
  take(): Attached
}

/** Uploads files as soon as they are chosen, so that sending the message need not wait for them. */
export function useAttachments(): Attachments {
  const [items, setItems] = useState<Attaching[]>([])
  const uploads = useRef(new Map<string, AbortController>())
  const files = useRef(new Map<string, File>())

  useEffect(() => {
    const running = uploads.current
    return () => {
      for (const upload of running.values()) upload.abort()
    }
  }, [])

  const retryAll = useEffectEvent(() => {
    for (const item of items) if (item.state === "failed") retry(item.key)
  })
  useEffect(() => {
    const onOnline = () => retryAll()
    window.addEventListener("online", onOnline)
    return () => window.removeEventListener("online", onOnline)
  }, [])

  function replace(key: string, change: (item: Attaching) => Attaching): void {
    setItems((before) => before.map((item) => (item.key === key ? change(item) : item)))
  }

  function addFile(file: File): void {
    const key = crypto.randomUUID()
    const item = { key, name: file.name, kind: "file" } as const
    if (file.size > maxFileBytes) {
      const failed = { ...item, state: "failed", problem: "too-large", canRetry: false, preview: undefined } as const
      setItems((before) => [...before, failed])
      return
    }
    const isPicture = /^image\/(png|jpeg|webp|gif)$/.test(file.type)
    const preview = isPicture ? URL.createObjectURL(file) : undefined
    files.current.set(key, file)
    setItems((before) => [...before, { ...item, state: "uploading", progress: 0, preview }])
    startUpload({ ...item, preview }, file)
  }

  function startUpload(
    item: { key: string; name: string; kind: "file"; preview: string | undefined },
    file: File,
  ): void {
    const { key } = item
    const cancelling = new AbortController()
    uploads.current.set(key, cancelling)
    const onProgress = (progress: number) =>
      replace(key, (now) => (now.state === "uploading" ? { ...now, progress } : now))
    uploadFile(file, { onProgress, signal: cancelling.signal })
      .then(
        (part) => {
          files.current.delete(key)
          replace(key, () => ({ ...item, state: "ready", part }))
        },
        (error: unknown) => replace(key, () => ({ ...item, state: "failed", ...failureOf(error) })),
      )
      .finally(() => uploads.current.delete(key))
  }

  function retry(key: string): void {
    const file = files.current.get(key)
    const item = items.find((known) => known.key === key)
    if (!file || item?.kind !== "file" || item.state !== "failed" || !item.canRetry) return
    const { name, kind, preview } = item
    replace(key, () => ({ key, name, kind, state: "uploading", progress: 0, preview }))
    startUpload({ key, name, kind, preview }, file)
  }

  return {
    items,
    addFiles(files) {
      for (const file of files) addFile(file)
    },
    addText(content) {
      const artifact = { type: "DOCUMENT", content }
      const name = firstLineOf(content, 200)
      setItems((before) => [...before, { key: crypto.randomUUID(), name, kind: "text", state: "ready", artifact }])
    },
    retry,
    remove(key) {
      files.current.delete(key)
      const item = items.find((known) => known.key === key)
      uploads.current.get(key)?.abort()
      if (item?.kind === "file" && item.preview) URL.revokeObjectURL(item.preview)
      if (item?.kind === "file" && item.state === "ready") discardFile(item.part.url)
      setItems((before) => before.filter((known) => known.key !== key))
    },
    take() {
      for (const item of items) if (item.kind === "file" && item.preview) URL.revokeObjectURL(item.preview)
      setItems([])
      return {
        files: items.flatMap((item) => (item.kind === "file" && item.state === "ready" ? [item.part] : [])),
        artifacts: items.flatMap((item) => (item.kind === "text" ? [item.artifact] : [])),
      }
    },
  }
}

function failureOf(error: unknown): { problem: string; canRetry: boolean } {
  if (error instanceof ChatProblem) return { problem: error.message, canRetry: error.isRetryable }
  return { problem: problemTexts.fileNotThrough, canRetry: true }
}
