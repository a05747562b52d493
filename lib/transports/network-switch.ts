import { firstToAbort } from "./first-to-abort.ts"

/** Simulates the loss of the network for one page: in the demo one view loses it and the other does not. */
export interface NetworkSwitch {
  /** Breaks open requests, makes new ones fail, and makes the browser report that it is offline. */
  cut(): void
  restore(): void
}

let installed: NetworkSwitch | undefined

/** Replaces this window's `fetch` and `WebSocket`, once. A frame has its own window, so no other page is affected. */
export function installNetworkSwitch(): NetworkSwitch {
  installed ??= install()
  return installed
}

function install(): NetworkSwitch {
  const realFetch = window.fetch.bind(window)
  let line = new AbortController()

  window.fetch = async (input, init) => {
    const { signal: cut } = line
    if (cut.aborted) throw networkError()
    const signal = init?.signal ? firstToAbort(cut, init.signal) : cut
    try {
      return await realFetch(input, { ...init, signal })
    } catch (error) {
      throw cut.aborted && !init?.signal?.aborted ? networkError() : error
    }
  }
  window.WebSocket = class extends WebSocket {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols)
      if (line.signal.aborted) this.close()
      line.signal.addEventListener("abort", () => this.close())
    }
  }
  Object.defineProperty(navigator, "onLine", { configurable: true, get: () => !line.signal.aborted })

  return {
    cut() {
      if (line.signal.aborted) return
      line.abort()
      window.dispatchEvent(new Event("offline"))
    },
    restore() {
      if (!line.signal.aborted) return
      line = new AbortController()
      window.dispatchEvent(new Event("online"))
    },
  }
}

/** The error that browsers throw without a network. */
function networkError(): TypeError {
  return new TypeError("Failed to fetch")
}
