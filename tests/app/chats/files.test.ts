import { randomUUID } from "node:crypto"
import { readdir } from "node:fs/promises"
import path from "node:path"
import { sql } from "drizzle-orm"
import { beforeEach, describe, expect, onTestFinished, test } from "vitest"
import { adoptGuest } from "#db/adopt-guest.ts"
import { upload } from "#db/schema.ts"
import { type Client, freshService, stranger, type TestService } from "#tests/support/clients/service.ts"
import { scripted, type TestModel } from "#tests/support/providers/scripted-model.ts"
import { startS3 } from "#tests/support/servers/s3-server.ts"

let service: TestService
let client: Client
let model: TestModel

beforeEach(async () => {
  model = scripted("an answer")
  service = await freshService({ model })
  client = await service.guest()
})

/** One red point. */
const png = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==",
  "base64",
)
const pdf = Buffer.from("%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n")

interface Uploaded {
  id: string
  url: string
  mediaType: string
  filename: string
  sizeBytes: number
}

const put = (body: BodyInit, headers: HeadersInit = {}, who = client) =>
  who.request("/api/files", { method: "POST", body, headers: { "x-filename": "point.png", ...headers } })

async function uploaded(body: BodyInit, headers: HeadersInit = {}, who = client): Promise<Uploaded> {
  const response = await put(body, headers, who)
  expect(response.status).toBe(201)
  return (await response.json()) as Uploaded
}

const partOf = ({ url }: { url: string }) => ({ type: "file", url, mediaType: "image/png", filename: "said.png" })
const ask = (parts: object[], who = client) =>
  who.post("", {
    message: { id: randomUUID(), role: "user", parts: [...parts, { type: "text", text: "What is it?" }] },
  })
const rows = () => service.services.database.db.select().from(upload).orderBy(upload.createdAt)
const stored = () => readdir(path.join(service.services.config.dataDir, "uploads")).catch(() => [])

async function expectRefusal(response: Response, status: number, code: string): Promise<void> {
  const body = (await response.json()) as { error: { code: string } }
  expect([response.status, body.error.code]).toEqual([status, code])
}

test("a picture is accepted, shown to its owner, and given to the model as bytes", async () => {
  const file = await uploaded(png, { "content-type": "text/html", "x-filename": encodeURIComponent("../été\n🌞.png") })
  expect(file).toMatchObject({ mediaType: "image/png", filename: "été🌞.png", sizeBytes: png.byteLength })
  expect(await stored()).toEqual([file.id])

  const shown = await client.request(file.url)
  expect(Buffer.from(await shown.arrayBuffer()).equals(png)).toBe(true)
  expect(Object.fromEntries(shown.headers)).toMatchObject({
    "content-type": "image/png",
    "content-disposition": "inline; filename*=UTF-8''%C3%A9t%C3%A9%F0%9F%8C%9E.png",
    "x-content-type-options": "nosniff",
    "cache-control": expect.stringContaining("private"),
  })

  await (await ask([partOf(file)])).readAll()
  await (await client.post("And now?")).readAll()
  for (const call of [0, 1]) expect(filesIn(call)).toEqual([{ mediaType: "image/png", bytes: png.toString("base64") }])
  const [asked] = await client.messages()
  expect(asked?.parts[0]).toEqual({ type: "file", url: file.url, mediaType: "image/png", filename: "été🌞.png" })
})

test("a text file is given to the model as text whatever type it declares, and is never shown as a page", async () => {
  const file = await uploaded("<script>alert(1)</script>", { "content-type": "text/html", "x-filename": "page.html" })
  expect(file.mediaType).toBe("text/plain")
  const shown = await client.request(file.url)
  expect(shown.headers.get("content-type")).toBe("text/plain; charset=utf-8")
  expect(shown.headers.get("content-disposition")).toMatch(/^attachment/)
  await (await ask([partOf(file)])).readAll()
  expect(JSON.stringify(model.calls[0]?.prompt)).toContain("The file page.html that the user attached")
  expect(JSON.stringify(model.calls[0]?.prompt)).toContain("<script>alert(1)</script>")
})

test.each([
  ["Windows-1252", Buffer.from("Name;Stra\xdfe\r\nM\xfcller;12,50 \x80\r\n", "latin1")],
  ["UTF-16", Buffer.from("\uFEFFName;Straße\r\nMüller;12,50 €\r\n", "utf16le")],
  ["UTF-16 without a mark", Buffer.from("Name;Straße\r\nMüller;12,50 €\r\n", "utf16le")],
])("U12 a spreadsheet's CSV in %s is the same text for model, panel and download", async (_, bytes) => {
  const file = await uploaded(bytes, { "content-type": "text/csv", "x-filename": "people.csv" })
  expect(file.mediaType).toBe("text/csv")
  const saved = await client.request(file.url)
  expect(saved.headers.get("content-type")).toBe("text/csv; charset=utf-8")
  const stored = Buffer.from(await saved.arrayBuffer())
  // With a byte order mark, without which the spreadsheet assumes its own encoding.
  expect(stored.toString()).toBe("\uFEFFName;Straße\r\nMüller;12,50 €\r\n")
  expect(file.sizeBytes).toBe(stored.byteLength)
  await (await ask([partOf(file)])).readAll()
  expect(JSON.stringify(model.calls[0]?.prompt)).toContain(String.raw`Name;Straße\r\nMüller;12,50 €\r\n`)
  expect(JSON.stringify(model.calls[0]?.prompt)).not.toContain("\uFEFF")
})

test("U12 the encoding of a text inside a message is detected too, and an undecodable one is only named", async () => {
  const inline = (bytes: Buffer) => ({
    type: "file",
    mediaType: "text/csv",
    filename: "a.csv",
    url: `data:text/csv;base64,${bytes.toString("base64")}`,
  })
  await (await ask([inline(Buffer.from("Stra\xdfe", "latin1")), inline(Buffer.from("a\0\xff", "latin1"))])).readAll()
  const prompt = JSON.stringify(model.calls[0]?.prompt)
  expect(prompt).toContain("Straße")
  expect(prompt).toContain("[text: a.csv, which is no text that can be read]")
})

test("files that a model does not accept are given to it by name", async () => {
  service = await freshService({ model, environment: { MODEL_READS: "image" } })
  client = await service.guest()
  const document = await uploaded(pdf, { "x-filename": "report.pdf" })
  await (await ask([partOf(await uploaded(png)), partOf(document)])).readAll()
  expect(filesIn(0)).toHaveLength(1)
  expect(JSON.stringify(model.calls[0]?.prompt)).toContain("[pdf: report.pdf]")
})

test("a lost file does not prevent the answer", async () => {
  const file = await uploaded(png)
  await service.services.chat.files.read(file.id)
  const { rm } = await import("node:fs/promises")
  await rm(path.join(service.services.config.dataDir, "uploads"), { recursive: true })
  await expectRefusal(await client.request(file.url), 404, "file_not_found")
  expect(await (await ask([partOf(file)])).readAll()).toBe("an answer")
  expect(JSON.stringify(model.calls[0]?.prompt)).toContain("which cannot be read any more")
})

describe("permissions", () => {
  test("B1 a request without a session is refused", async () => {
    await expectRefusal(await put(png, {}, stranger()), 401, "unauthenticated")
    await expectRefusal(await stranger().request(`/api/files/${randomUUID()}`), 401, "unauthenticated")
  })

  test("B31 a file does not exist for anyone but its owner", async () => {
    const file = await uploaded(png)
    const other = await service.guest()
    for (const id of [file.id, randomUUID(), "..%2F..%2Fetc%2Fpasswd", "x"]) {
      await expectRefusal(await other.request(`/api/files/${id}`), 404, "file_not_found")
      await expectRefusal(await other.request(`/api/files/${id}`, { method: "DELETE" }), 404, "file_not_found")
    }
    await expectRefusal((await ask([partOf(file)], other)).response, 404, "file_not_found")
    expect(model.calls).toHaveLength(0)
    expect(await (await other.request("/api/chats")).json()).toMatchObject({ chats: [] })
    expect((await rows())[0]?.usedAt).toBeNull()
  })

  test("B12 B14 another site's page and a form are refused", async () => {
    await expectRefusal(await put(png, { origin: "https://evil.example" }), 403, "origin_not_allowed")
    await expectRefusal(
      await put(png, { "content-type": "multipart/form-data; boundary=x" }),
      415,
      "unsupported_file_type",
    )
    await expectRefusal(await put(png, { "content-encoding": "gzip" }), 415, "unsupported_encoding")
    expect(await rows()).toEqual([])
  })

  test("a guest who signs up keeps their files", async () => {
    const file = await uploaded(png)
    const owner = await service.guest()
    const userId = (await rows())[0]?.userId ?? ""
    await uploaded(png, {}, owner)
    const newId = (await rows()).find((row) => row.userId !== userId)?.userId ?? ""
    await adoptGuest(service.services.database.db, userId, newId)
    expect((await owner.request(file.url)).status).toBe(200)
  })
})

describe("limits on content and size", () => {
  test.each([
    ["nothing", Buffer.alloc(0), 400, "empty_file"],
    [
      "a program that is called a picture",
      Buffer.from("\x7fELF\x02\x01\x01\0\0\0\0\0\0\0", "latin1"),
      415,
      "unsupported_file_type",
    ],
    ["a program that breaks off", Buffer.from("\x7fELF\0\0\0\0", "latin1"), 415, "unsupported_file_type"],
    ["a picture that breaks off", png.subarray(0, 8), 415, "unsupported_file_type"],
    ["an archive", Buffer.from("PK\x03\x04\x14\0\0\0\0\0", "latin1"), 415, "unsupported_file_type"],
    ["half a letter of UTF-16", Buffer.from([0xff, 0xfe, 0x41]), 415, "unsupported_file_type"],
    ["U12 UTF-8 that breaks off in a letter", Buffer.from("Müller kauft Käse").subarray(0, 16), 415, "unreadable_text"],
    ["text with NUL", Buffer.from("a\0b"), 415, "unsupported_file_type"],
  ])("%s is refused, and nothing is stored", async (_, body, status, code) => {
    await expectRefusal(await put(body, { "content-type": "image/png" }), status, code)
    expect([await rows(), await stored()]).toEqual([[], []])
  })

  test("B15 more than 10 MB is refused, by its announced size or while it is read", async () => {
    await expectRefusal(await put(png, { "content-length": "10000001" }), 413, "file_too_large")
    let sent = 0
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += 1_000_000
        controller.enqueue(new Uint8Array(1_000_000).fill(97))
      },
    })
    await expectRefusal(await put(endless), 413, "file_too_large")
    expect(sent).toBeLessThan(15_000_000)
    expect(await rows()).toEqual([])
  })

  test("uploads beyond a user's total are refused, even when they arrive at once", async () => {
    service = await freshService({ model, environment: { UPLOAD_QUOTA_MB: "1" } })
    client = await service.guest()
    const half = "x".repeat(400_000)
    const statuses = await Promise.all([1, 2, 3, 4].map(async () => (await put(half)).status))
    expect(statuses.toSorted()).toEqual([201, 201, 413, 413])
    expect(await stored()).toHaveLength(2)
  })

  test.each([
    "/api/files/../auth",
    `/api/files/${"x".repeat(36)}`,
    "https://127.0.0.1/api/files/x",
    "//evil.example/x",
  ])("B30 %s is refused as a file of a message", async (url) => {
    await expectRefusal((await ask([partOf({ url })])).response, 400, "url_not_allowed")
    expect(model.calls).toHaveLength(0)
  })
})

describe("lifetime of a file", () => {
  test("a file can be deleted before it is sent, but not afterwards", async () => {
    const [unsent, sent] = [await uploaded(png), await uploaded(png)]
    await (await ask([partOf(sent)])).readAll()
    expect((await client.request(unsent.url, { method: "DELETE" })).status).toBe(200)
    await expectRefusal(await client.request(sent.url, { method: "DELETE" }), 409, "file_in_use")
    expect(await stored()).toEqual([sent.id])
  })

  test("a file that no message names for a day is deleted, and deleting a chat deletes files named only there", async () => {
    const [unsent, mine, shared] = [await uploaded(png), await uploaded(png), await uploaded(png)]
    await (await ask([partOf(mine), partOf(shared)])).readAll()
    const firstChat = client.chatId
    client.chatId = randomUUID()
    await (await ask([partOf(shared)])).readAll()
    await age()
    await service.services.chat.files.sweep()
    expect((await stored()).toSorted()).toEqual([mine.id, shared.id].toSorted())
    expect((await client.request(unsent.url)).status).toBe(404)
    await client.request(`/api/chat/${firstChat}`, { method: "DELETE" })
    await service.services.chat.files.sweep()
    expect(await stored()).toEqual([shared.id])
  })

  test("an S3 store holds the file; when it fails, the upload says so and stores nothing", async () => {
    const s3 = await startS3()
    onTestFinished(() => s3.stop())
    const { endpoint, bucket, accessKeyId, secretAccessKey } = s3.options
    const environment = {
      S3_ENDPOINT: endpoint,
      S3_BUCKET: bucket,
      S3_ACCESS_KEY_ID: accessKeyId,
      S3_SECRET_ACCESS_KEY: secretAccessKey,
    }
    service = await freshService({ model, environment })
    client = await service.guest()
    const file = await uploaded(png)
    expect([...s3.objects.keys()]).toEqual([`/bucket/uploads/${file.id}`])
    s3.refuseAll(true)
    await expectRefusal(await put(png), 503, "files_unavailable")
    await expectRefusal(await client.request(file.url), 503, "files_unavailable")
    expect(await rows()).toHaveLength(1)
    expect(await (await ask([partOf(file)])).readAll()).toBe("an answer")
  })
})

async function age(): Promise<void> {
  await service.services.database.db.execute(sql`update "Upload" set "createdAt" = now() - interval '25 hours'`)
}

/** The files of a call's user messages. */
function filesIn(call: number) {
  return (model.calls[call]?.prompt ?? []).flatMap((message) =>
    message.role === "user"
      ? message.content.flatMap((part) =>
          part.type === "file" && part.data.type === "data"
            ? [{ mediaType: part.mediaType, bytes: Buffer.from(part.data.data as string, "base64").toString("base64") }]
            : [],
        )
      : [],
  )
}
