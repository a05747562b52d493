import { logRelay } from "#lib/relay/log-relay.ts"
import type { Store } from "#lib/relay/stores/store.ts"
import { relayContract } from "#tests/contracts/relay-contract.ts"
import { onEachStore } from "#tests/support/relays/each-store.ts"

const relayOver = (store: Store) => logRelay({ store, flushEveryMs: 5, listenOnMs: 0 })

onEachStore((name, processes) =>
  relayContract({
    name: `the log relay over ${name}`,
    canBeFollowed: true,
    outlivesProducer: true,
    needsNoMessages: true,
    open() {
      const [here, there] = processes()
      return {
        here: relayOver(here),
        there: relayOver(there),
        openSubscriptions: () => here.openSubscriptions + there.openSubscriptions,
        loseMessages() {
          here.onPublish = () => "lose"
        },
        forget: (streamId) => here.delete(`rejoin:{${streamId}}:log`),
        kill: here.kill,
      }
    },
  }),
)
