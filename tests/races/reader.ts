/** A tab whose connection a test can cut and restore, to another server and from another position. */
import type { EventId } from "#lib/chat-protocol.ts"
import { openTab, type Tab, type TabOptions } from "#tests/support/clients/tab.ts"

/** The position of a returning reader: its last event, none, or one that never existed. */
export type Position = "own" | "none" | "never-was"

export interface Reader<Place> {
  readonly tab: Tab
  readonly isDetached: boolean
  detach(): void
  reattach(place: Place, position: Position): void
}

interface ReaderOptions<Place> extends Pick<TabOptions, "name" | "history"> {
  place: Place
  begin(signal: AbortSignal): Promise<Response>
  /** @param query of the position, to be added to the address */
  follow(place: Place, query: string, signal: AbortSignal): Promise<Response>
}

const neverWas: EventId = "7-4000"

export async function openReader<Place>(options: ReaderOptions<Place>): Promise<Reader<Place>> {
  let { place } = options
  let position: Position = "own"
  let cut = new AbortController()
  let attached: PromiseWithResolvers<void> | undefined
  const whileConnected = (signal: AbortSignal) => AbortSignal.any([signal, cut.signal])

  const tab = await openTab({
    name: options.name,
    history: options.history,
    begin: (signal) => options.begin(whileConnected(signal)),
    async follow(own, signal) {
      await attached?.promise
      const after = { own, none: undefined, "never-was": neverWas }[position]
      position = "own"
      return options.follow(place, after ? `&after=${after}` : "", whileConnected(signal))
    },
  })
  return {
    tab,
    get isDetached() {
      return attached !== undefined
    },
    detach() {
      attached = Promise.withResolvers()
      cut.abort(new TypeError("terminated"))
    },
    reattach(newPlace, newPosition) {
      place = newPlace
      position = newPosition
      cut = new AbortController()
      attached?.resolve()
      attached = undefined
    },
  }
}
