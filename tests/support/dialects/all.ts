import { bodies } from "./bodies.ts"
import { counts } from "./counts.ts"
import type { Dialects } from "./dialect.ts"
import { ends } from "./ends.ts"
import { noise } from "./noise.ts"
import { thoughts } from "./thoughts.ts"
import { tools } from "./tools.ts"

/** Every dialect that the fake provider speaks, by name. */
export const dialects: Dialects = { ...counts, ...thoughts, ...ends, ...noise, ...bodies, ...tools }
