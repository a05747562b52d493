import { firstToAbort } from "./first-to-abort.ts"

/** The network of one page, as that page sees it: for the demo, where one view loses it and the other does not. */
export interface NetworkSwitch {
  /** As when a network is lost: what is open breaks, what is asked for fails, and the browser says that it is offline. */
  cut(): void
  restore(): void
}

let installed: NetworkSwitch | undefined

/** Takes the place of this window's `fetch`, once. A frame has a window of its own, so nobody else is touched. */
export function installNetworkSwitch(): NetworkSwitch {
  installed ??= install()
  return installed
}

function install(): NetworkSwitch {
  const fetchReally = window.fetch.bind(window)
  let line = new AbortController()

  window.fetch = async (input, init) => {
    const { signal: cut } = line
    if (cut.aborted) throw networkError()
    const signal = init?.signal ? firstToAbort(cut, init.signal) : cut
    try {
      return await fetchReally(input, { ...init, signal })
    } catch (error) {
      throw cut.aborted && !init?.signal?.aborted ? networkError() : error
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

/** What browsers throw where there is no network. */
function networkError(): TypeError {
  return new TypeError("Failed to fetch")
}
