import { randomUUID } from "node:crypto"
import { beforeEach, describe, expect, test } from "vitest"
import type { FileStore } from "#lib/files/file-store.ts"

/** The promises of every file store. */
export function fileStoreContract(name: FileStore["name"], open: () => Promise<FileStore>): void {
  describe(`the ${name} file store`, () => {
    let store: FileStore
    beforeEach(async () => {
      store = await open()
    })

    test("reports its name", () => expect(store.name).toBe(name))

    test.each([0, 1, 65_537, 10_000_000])("gives back %i bytes as they were put", async (size) => {
      const id = randomUUID()
      const bytes = Uint8Array.from({ length: size }, (_, index) => (index * 7) % 256)
      await store.put(id, bytes)
      expect(Buffer.compare((await store.get(id)) ?? Buffer.from("missing"), bytes)).toBe(0)
    })

    test("keeps files apart, and replaces an earlier file by a later one under its id", async () => {
      const [one, other] = [randomUUID(), randomUUID()]
      await store.put(one, bytesOf("first"))
      await store.put(other, bytesOf("other"))
      await store.put(one, bytesOf("second"))
      expect([await textIn(store, one), await textIn(store, other)]).toEqual(["second", "other"])
    })

    test("returns nothing for an id that was never stored or has been deleted, even more than once", async () => {
      const id = randomUUID()
      expect(await store.get(id)).toBeUndefined()
      await store.put(id, bytesOf("here"))
      await store.delete(id)
      expect(await store.get(id)).toBeUndefined()
      await store.delete(id)
    })

    test("of two files stored under one id at once, one is there, whole", async () => {
      const id = randomUUID()
      const texts = ["a", "b"].map((letter) => letter.repeat(500_000))
      await Promise.all(texts.map((text) => store.put(id, bytesOf(text))))
      expect(texts).toContain(await textIn(store, id))
    })
  })
}

export const bytesOf = (text: string) => new TextEncoder().encode(text)
export const textIn = async (store: FileStore, id: string) => new TextDecoder().decode(await store.get(id))
