/**
 * Stores the bytes of uploads under our own ids, never under a name from a user. Implementations pass
 * `tests/contracts/file-store-contract.ts`.
 */
export interface FileStore {
  readonly name: "local" | "s3"
  /** Stores a file atomically: no reader sees half of it. @throws the store's error */
  put(id: string, bytes: Uint8Array<ArrayBuffer>): Promise<void>
  /** Reads a file. @returns undefined if there is no such file. @throws the store's error */
  get(id: string): Promise<Uint8Array<ArrayBuffer> | undefined>
  /** Deletes a file; a missing one is not an error. @throws the store's error */
  delete(id: string): Promise<void>
}
