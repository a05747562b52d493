/** One question, asked of every peer in the same rounds. */
import type { Peer } from "../peers/peer.ts"
import type { Stage } from "../stage.ts"

export interface Measurement {
  /** as in `--only tokens,turns` */
  name: string
  title: string
  question: string
  /** how it is measured, for the document */
  how: string
  figures: Figure[]
  /** peers that it can be asked of; default: all */
  isFor?(peer: Peer): boolean
  /** Prepares one peer. @returns a function that measures it once, and gives its figures by their names */
  prepare(stage: Stage): Promise<() => Promise<Record<string, number>>>
  /** rounds beyond which nothing is gained; default: as many as asked for */
  mostRounds?: number
}

/** A row of the table. */
export interface Figure {
  name: string
  title: string
  unit: string
  best: "least" | "most"
  digits: number
  /** where it stands among figures of the same kind, which show how a cost grows */
  series?: { of: string; axis: string; at: number }
}
