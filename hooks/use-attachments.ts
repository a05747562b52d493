import type { FileUIPart } from "ai"
import { useEffect, useRef, useState } from "react"
import { type Artifact, maxFileBytes } from "#lib/chat-protocol.ts"
import { takeBack, uploadFile } from "#lib/transports/upload-file.ts"
import type { Attached } from "./use-chat-manager.ts"

/** What is to go along with the next message. */
export type Attaching = { key: string; name: string } & (
  | { kind: "file"; state: "uploading"; progress: number; preview: string | undefined }
  | { kind: "file"; state: "ready"; part: FileUIPart; preview: string | undefined }
  | { kind: "file"; state: "failed"; problem: string | "too-large"; preview: undefined }
  | { kind: "text"; state: "ready"; artifact: Artifact }
)

export interface Attachments {
  items: Attaching[]
  /** nothing is on its way, and nothing failed */
  isReady: boolean
  addFiles(files: Iterable<File>): void
  /** a text that is too long to be read where one writes */
  addText(text: string): void
  remove(key: string): void
  /** Hands over what is ready, and begins anew. */
  take(): Attached
}

/** Files are brought to the server as soon as they are chosen, so that sending need not wait for them. */
export function useAttachments(): Attachments {
  const [items, setItems] = useState<Attaching[]>([])
  const uploads = useRef(new Map<string, AbortController>())

  useEffect(() => {
    const running = uploads.current
    return () => {
      for (const upload of running.values()) upload.abort()
    }
  }, [])

  function replace(key: string, change: (item: Attaching) => Attaching): void {
    setItems((before) => before.map((item) => (item.key === key ? change(item) : item)))
  }

  function addFile(file: File): void {
    const key = crypto.randomUUID()
    const name = file.name
    const fail = (problem: string) => (): Attaching => ({
      key,
      name,
      kind: "file",
      state: "failed",
      problem,
      preview: undefined,
    })
    if (file.size > maxFileBytes) {
      setItems((before) => [...before, fail("too-large")()])
      return
    }
    const preview = /^image\/(png|jpeg|webp|gif)$/.test(file.type) ? URL.createObjectURL(file) : undefined
    const upload = new AbortController()
    uploads.current.set(key, upload)
    setItems((before) => [...before, { key, name, kind: "file", state: "uploading", progress: 0, preview }])
    const onProgress = (progress: number) =>
      replace(key, (item) => (item.state === "uploading" ? { ...item, progress } : item))
    uploadFile(file, { onProgress, signal: upload.signal })
      .then(
        (part) => replace(key, () => ({ key, name, kind: "file", state: "ready", part, preview })),
        (error: unknown) => replace(key, fail(error instanceof Error ? error.message : String(error))),
      )
      .finally(() => uploads.current.delete(key))
  }

  return {
    items,
    isReady: items.every(({ state }) => state === "ready"),
    addFiles(files) {
      for (const file of files) addFile(file)
    },
    addText(content) {
      const artifact = { type: "DOCUMENT", content }
      const name = content.slice(0, 200).trim().split("\n", 1)[0] ?? ""
      setItems((before) => [...before, { key: crypto.randomUUID(), name, kind: "text", state: "ready", artifact }])
    },
    remove(key) {
      const item = items.find((known) => known.key === key)
      uploads.current.get(key)?.abort()
      if (item?.kind === "file" && item.preview) URL.revokeObjectURL(item.preview)
      if (item?.kind === "file" && item.state === "ready") takeBack(item.part.url)
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
