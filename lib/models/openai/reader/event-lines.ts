/** Parses server-sent events as providers write them, which deviates from the standard. */

export interface WireEvent {
  /** `message` if the event has no name */
  name: string
  data: string
  /** The stream ended within this event, so the rest of it is missing. */
  isCut?: boolean
}

export interface EventLines {
  feed(text: string): void
  /** Emits a last event that lacks its empty line. */
  end(): void
}

/**
 * Parses text in pieces and emits each event, ignoring comments, `id` and `retry`. A line that is a whole JSON object
 * instead of a field is an event too: some servers send JSON lines under another content type.
 */
export function eventLines(onEvent: (event: WireEvent) => void): EventLines {
  let rest: string[] = []
  let endsInReturn = false
  let name = ""
  let data: string[] = []

  function line(text: string): void {
    if (text.startsWith(":")) return
    if (text === "" || (text.startsWith("{") && text.trimEnd().endsWith("}"))) {
      dispatch()
      if (text !== "") onEvent({ name: "message", data: text })
      return
    }
    const colon = text.indexOf(":")
    const field = (colon < 0 ? text : text.slice(0, colon)).trim()
    const value = colon < 0 ? "" : text.slice(text[colon + 1] === " " ? colon + 2 : colon + 1)
    if (field === "data") data.push(value)
    else if (field === "event") name = value
  }

  function dispatch(isCut = false): void {
    if (data.length > 0) onEvent({ name: name === "" ? "message" : name, data: data.join("\n"), isCut })
    name = ""
    data = []
  }

  return {
    feed(text) {
      let start = endsInReturn && text.startsWith("\n") ? 1 : 0
      if (text !== "") endsInReturn = false
      let carriage = text.indexOf("\r", start)
      for (;;) {
        if (carriage >= 0 && carriage < start) carriage = text.indexOf("\r", start)
        const feed = text.indexOf("\n", start)
        const end = carriage >= 0 && (feed < 0 || carriage < feed) ? carriage : feed
        if (end < 0) break
        line(rest.length > 0 ? `${rest.join("")}${text.slice(start, end)}` : text.slice(start, end))
        rest = []
        start = end + 1
        if (text[end] === "\r") {
          if (start === text.length) endsInReturn = true
          else if (text[start] === "\n") start++
        }
      }
      if (start < text.length) rest.push(text.slice(start))
    },
    end() {
      const isCut = rest.length > 0
      if (isCut) line(rest.join(""))
      rest = []
      dispatch(isCut)
    },
  }
}
