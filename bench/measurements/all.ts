/** The measurements, in the order of the document. */
import { attach } from "./attach.ts"
import { capacity } from "./capacity.ts"
import { catchUp } from "./catch-up.ts"
import { firstToken } from "./first-token.ts"
import { manyFollowers } from "./followers.ts"
import { growth } from "./growth.ts"
import type { Measurement } from "./measurement.ts"
import { memory } from "./memory.ts"
import { start } from "./start.ts"
import { tokens } from "./tokens.ts"
import { turns } from "./turns.ts"
import { wal } from "./wal.ts"

export const allMeasurements: Measurement[] = [
  tokens,
  capacity,
  turns,
  firstToken,
  manyFollowers,
  attach,
  catchUp,
  wal,
  memory,
  start,
  growth,
]
