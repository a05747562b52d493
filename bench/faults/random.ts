import { createHash } from "node:crypto"

/** @returns numbers from 0, below 1: the same ones for the same seed */
export function randomBy(seed: string): () => number {
  let count = 0
  return () => createHash("sha256").update(`${seed} ${count++}`).digest().readUInt32BE() / 2 ** 32
}
