import { addresses } from "../chat-api.ts"
import type { TabSocket } from "./tab-socket.ts"

let loading: Promise<TabSocket | undefined> | undefined

/** Loads the tab's socket, whose code is not part of the page. @returns undefined where it cannot be loaded now */
export function loadTabSocket(): Promise<TabSocket | undefined> {
  loading ??= load().catch(() => {
    loading = undefined
    return undefined
  })
  return loading
}

async function load(): Promise<TabSocket> {
  const { TabSocket } = await import("./tab-socket.ts")
  return new TabSocket(() => new WebSocket(new URL(addresses.socket, location.href.replace(/^http/, "ws"))))
}
