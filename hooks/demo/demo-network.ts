import { useEffect, useState } from "react"
import { installNetworkSwitch } from "#lib/transports/network-switch.ts"

interface NetworkMessage {
  kind: "rejoin-demo-network"
  isUp: boolean
}

/** Switches the network of one view off or on, called by the page around it. */
export function setNetworkOf(view: HTMLIFrameElement, isUp: boolean): void {
  const message: NetworkMessage = { kind: "rejoin-demo-network", isUp }
  view.contentWindow?.postMessage(message, window.location.origin)
}

/** Lets the surrounding page switch this page's network. Only the demo's views have such a switch. */
export function useSwitchedNetwork(): void {
  // During the first render, before any component below sends a request.
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
