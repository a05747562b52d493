import { useEffect, useState } from "react"
import { installNetworkSwitch } from "#lib/transports/network-switch.ts"

interface NetworkMessage {
  kind: "rejoin-demo-network"
  isUp: boolean
}

/** Called by the page around a view: what the view loses is its own network only. */
export function setNetworkOf(view: HTMLIFrameElement, isUp: boolean): void {
  const message: NetworkMessage = { kind: "rejoin-demo-network", isUp }
  view.contentWindow?.postMessage(message, window.location.origin)
}

/** Lets the page around this one take its network away. Only the demo's views call this; other pages have no switch. */
export function useSwitchedNetwork(): void {
  // Before anything below has asked for something.
  const [network] = useState(() => (typeof window === "undefined" ? undefined : installNetworkSwitch()))

  useEffect(() => {
    const hear = ({ source, origin, data }: MessageEvent<Partial<NetworkMessage> | undefined>) => {
      if (source !== window.parent || origin !== window.location.origin) return
      if (data?.kind !== "rejoin-demo-network") return
      if (data.isUp) network?.restore()
      else network?.cut()
    }
    window.addEventListener("message", hear)
    return () => window.removeEventListener("message", hear)
  }, [network])
}
