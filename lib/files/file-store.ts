/**
 * Where the bytes of uploads lie: under ids of ours, never under a name somebody gave.
 * `tests/contracts/file-store-contract.ts` is the same as tests.
 */
export interface FileStore {
  readonly name: "local" | "s3"
  /** Whole or not at all: nobody sees half a file. @throws what the store threw */
  put(id: string, bytes: Uint8Array<ArrayBuffer>): Promise<void>
  /** @returns undefined where there is none @throws what the store threw */
  get(id: string): Promise<Uint8Array<ArrayBuffer> | undefined>
  /** What is gone already is no error. @throws what the store threw */
  delete(id: string): Promise<void>
}
