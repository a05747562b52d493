/** The peers, in the order of the tables. */
import { embedded, ours } from "./ours/peer.ts"
import type { Peer } from "./peer.ts"
import { plain } from "./plain/peer.ts"
import { raw } from "./raw/peer.ts"
import { recipe } from "./recipe/peer.ts"

export const allPeers: Peer[] = [plain, recipe, raw, ours, embedded]
