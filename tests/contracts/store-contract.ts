import { randomUUID } from "node:crypto"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { type Store, StoreUnavailable } from "#lib/relay/stores/store.ts"
import { inbox } from "#tests/support/relays/inbox.ts"

export interface StoreUnderTest {
  name: Store["name"]
  open(): Store
}

/** At most half a million characters. */
function largestThatFits({ fits = () => true }: Store): string {
  const worst = '"\\\n漢'
  let [fitting, tooMany] = [1, 100_000]
  while (tooMany - fitting > 1) {
    const middle = Math.floor((fitting + tooMany) / 2)
    if (fits(worst.repeat(middle))) fitting = middle
    else tooMany = middle
  }
  return worst.repeat(fitting)
}

/** The promises of every store. */
export function storeContract({ name, open }: StoreUnderTest): void {
  describe(`the ${name} store`, () => {
    let store: Store
    beforeAll(() => {
      store = open()
    })
    afterAll(() => store.close())

    test("reports its name and that it answers", async () => {
      expect(store.name).toBe(name)
      expect(await store.ping()).toBe(true)
    })

    test.each(["a value", "", "123", "OK", '"quoted"', "two\nlines", "é 漢字 🌍   \r"])(
      "returns %j as it was set",
      async (value) => {
        const key = randomUUID()
        await store.set(key, value, 60_000)
        expect(await store.get(key)).toBe(value)
      },
    )

    test("returns nothing for a key that was never set or has been deleted", async () => {
      const key = randomUUID()
      expect(await store.get(key)).toBeUndefined()
      await store.set(key, "a value", 60_000)
      await store.delete(key)
      expect(await store.get(key)).toBeUndefined()
      await store.delete(key)
    })

    test("forgets a value after its time to live", async () => {
      const key = randomUUID()
      await store.set(key, "a value", 30)
      await expect.poll(() => store.get(key)).toBeUndefined()
    })

    test("keeps a log in the order of the ids that callers give", async () => {
      const key = randomUUID()
      const ids = ["1-2", "1-9", "1-10", "2-11"] as const
      for (const [index, id] of ids.entries())
        expect(await store.append(key, id, `{"entry":${index}}\n🌍`, { mustExist: index > 0 })).toBe("appended")
      expect(await store.readAfter(key, undefined, 10)).toEqual(
        ids.map((id, index) => ({ id, value: `{"entry":${index}}\n🌍` })),
      )
      expect((await store.readAfter(key, "1-9", 10)).map((row) => row.id)).toEqual(["1-10", "2-11"])
      expect((await store.readAfter(key, "1-3", 2)).map((row) => row.id)).toEqual(["1-9", "1-10"])
      expect(await store.readAfter(key, "2-11", 10)).toEqual([])
      expect((await store.readLast(key))?.id).toBe("2-11")
    })

    test("refuses an entry that is repeated, older, or from a replaced producer", async () => {
      const key = randomUUID()
      await store.append(key, "2-5", "a", { mustExist: false })
      for (const id of ["2-5", "2-4", "1-99"] as const)
        expect(await store.append(key, id, "b", { mustExist: true })).toBe("refused")
      expect(await store.readAfter(key, undefined, 10)).toHaveLength(1)
    })

    test("reports that an expected log is lost, and begins none", async () => {
      const key = randomUUID()
      expect(await store.append(key, "1-5", "a", { mustExist: true })).toBe("lost")
      expect(await store.readLast(key)).toBeUndefined()
      expect(await store.readAfter(key, "1-1", 10)).toEqual([])
      await store.append(key, "1-1", "a", { mustExist: false })
      await store.expire(key, 20)
      await expect.poll(() => store.readLast(key)).toBeUndefined()
    })

    test("lets a log expire that began with its expiry", async () => {
      const key = randomUUID()
      expect(await store.append(key, "1-1", "a", { mustExist: false, ttlMs: 20 })).toBe("appended")
      await expect.poll(() => store.readLast(key)).toBeUndefined()
      expect(await store.append(key, "1-1", "a", { mustExist: false, ttlMs: 60_000 })).toBe("appended")
      expect(await store.append(key, "1-1", "a", { mustExist: false, ttlMs: 60_000 })).toBe("refused")
    })

    test("counts from 0, and continues from a number that was set", async () => {
      const key = randomUUID()
      expect(await store.increment(key)).toBe(1)
      expect(await store.increment(key)).toBe(2)
      expect(await store.get(key)).toBe("2")
      await store.set(key, "41", 60_000)
      expect(await store.increment(key)).toBe(42)
    })

    test("gives different numbers to callers who count at once", async () => {
      const key = randomUUID()
      const numbers = await Promise.all(Array.from({ length: 20 }, () => store.increment(key)))
      expect(new Set(numbers).size).toBe(20)
    })

    test("does not count from a value that is not a number, and leaves it unchanged", async () => {
      const key = randomUUID()
      await store.set(key, "DONE", 60_000)
      expect(await store.increment(key)).toBeUndefined()
      expect(await store.get(key)).toBe("DONE")
    })

    test("keeps a list newest first and no longer than requested", async () => {
      const key = randomUUID()
      expect(await store.list(key)).toEqual([])
      for (const value of ["1", "2", "3", "4"]) await store.pushCapped(key, value, { maxLength: 3, ttlMs: 60_000 })
      expect(await store.list(key)).toEqual(["4", "3", "2"])
      await store.delete(key)
      expect(await store.list(key)).toEqual([])
    })

    test("forgets a list after its time without additions", async () => {
      const key = randomUUID()
      await store.pushCapped(key, "old", { maxLength: 3, ttlMs: 60_000 })
      await store.pushCapped(key, "new", { maxLength: 3, ttlMs: 30 })
      await expect.poll(() => store.list(key)).toEqual([])
      await store.pushCapped(key, "first", { maxLength: 3, ttlMs: 60_000 })
      expect(await store.list(key)).toEqual(["first"])
    })

    test("delivers messages to every subscriber, in the order in which they were published", async () => {
      const channel = `channel:${randomUUID()}`
      const [first, second] = [inbox(), inbox()]
      await store.subscribe(channel, first.deliver)
      await store.subscribe(channel, second.deliver)
      const sent = Array.from({ length: 50 }, (_, index) => `message ${index}`)
      await Promise.all(sent.map((message) => store.publish(channel, message)))
      expect(await first.take(50)).toEqual(sent)
      expect(await second.take(50)).toEqual(sent)
    })

    test.each(["", "123", '{"a":1}', "\n\n\nlines\n", "a,b", "é 漢字 🌍 "])(
      "delivers the message %j as it was published",
      async (message) => {
        const channel = `channel:${randomUUID()}`
        const listener = inbox()
        await store.subscribe(channel, listener.deliver)
        await store.publish(channel, message)
        expect(await listener.take(1)).toEqual([message])
      },
    )

    test("delivers a message of several megabytes whole, or reports that it does not fit and continues without it", async () => {
      const [channel, key] = [`channel:${randomUUID()}`, randomUUID()]
      const large = "a long answer ".repeat(250_000)
      const listener = inbox()
      await store.subscribe(channel, listener.deliver)
      const sending = store.publish(channel, large)
      if (store.fits?.(large) ?? true) {
        await sending
        expect((await listener.take(1))[0] === large).toBe(true)
      } else {
        await expect(sending).rejects.toThrow(StoreUnavailable)
        await expect(store.append(key, "1-1", large, { mustExist: false })).rejects.toThrow(StoreUnavailable)
      }
      expect(store.isReachable).toBe(true)
      await store.publish(channel, "after it")
      expect(await listener.take(1)).toEqual(["after it"])
    })

    test("accepts every entry that fits, even if JSON makes it longer, and returns more of them than fit into one answer", async () => {
      const [channel, key] = [`channel:${randomUUID()}`, randomUUID()]
      const value = largestThatFits(store)
      const ids = ["1-1", "1-2", "1-3"] as const
      for (const id of ids) expect(await store.append(key, id, value, { mustExist: id !== "1-1" })).toBe("appended")
      const rows = await store.readAfter(key, undefined, 4)
      expect(rows.map((row) => row.id)).toEqual(ids)
      expect(rows.every((row) => row.value === value)).toBe(true)
      const listener = inbox()
      await store.subscribe(channel, listener.deliver)
      await store.publish(channel, value)
      expect((await listener.take(1))[0] === value).toBe(true)
    })

    test("keeps channels apart", async () => {
      const channel = `channel:${randomUUID()}`
      const [one, other] = [inbox(), inbox()]
      await store.subscribe(channel, one.deliver)
      await store.subscribe(`${channel}:other`, other.deliver)
      await store.publish(`${channel}:other`, "for the other")
      await store.publish(channel, "for the one")
      expect(await one.take(1)).toEqual(["for the one"])
      expect(await other.take(1)).toEqual(["for the other"])
    })

    test("tells whether a channel has subscribers", async () => {
      const channel = `channel:${randomUUID()}`
      expect(await store.publish(channel, "nobody hears this")).toBe(0)
      const subscription = await store.subscribe(channel, () => undefined)
      expect(await store.publish(channel, "one hears this")).toBeGreaterThan(0)
      await subscription.close()
      await expect.poll(() => store.publish(channel, "nobody hears this")).toBe(0)
    })

    test("delivers nothing more to a closed subscription, not even messages on their way, and continues for the others", async () => {
      const channel = `channel:${randomUUID()}`
      const [leaving, staying] = [inbox(), inbox()]
      const subscription = await store.subscribe(channel, leaving.deliver)
      await store.subscribe(channel, staying.deliver)
      const publishing = store.publish(channel, "on its way")
      await subscription.close()
      await subscription.close()
      await publishing
      await store.publish(channel, "after the close")
      expect(await staying.take(2)).toEqual(["on its way", "after the close"])
      expect(leaving.received).toEqual([])
    })

    test("hears messages on a subscription made after the last one was closed", async () => {
      const channel = `channel:${randomUUID()}`
      const listener = inbox()
      for (const message of ["first", "second", "third"]) {
        const subscription = await store.subscribe(channel, listener.deliver)
        await store.publish(channel, message)
        expect(await listener.take(1)).toEqual([message])
        await subscription.close()
      }
    })
  })
}
