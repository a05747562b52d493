import { pubsubRelay } from "#lib/relay/pubsub-relay.ts"
import type { Store } from "#lib/relay/stores/store.ts"
import { relayContract } from "#tests/contracts/relay-contract.ts"
import { onEachStore } from "#tests/support/relays/each-store.ts"

const relayOver = (store: Store) => pubsubRelay({ store })

onEachStore((name, processes) =>
  relayContract({
    name: `the pub/sub relay over ${name}`,
    canBeFollowed: true,
    decidesWhoOpens: true,
    open() {
      const [here, there] = processes()
      return {
        here: relayOver(here),
        there: relayOver(there),
        openSubscriptions: () => here.openSubscriptions + there.openSubscriptions,
        loseMessages() {
          here.onPublish = () => "lose"
        },
        forget: (streamId) => here.delete(`rejoin:rs:sentinel:${streamId}`),
        kill: here.kill,
      }
    },
  }),
)
