import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { readText } from "#lib/files/text-encoding.ts"
import { seeded } from "#tests/support/seeded-property.ts"

/** Default encodings of spreadsheets in these countries; the last one has signs that are letters in no language. */
const byCodePage: [encoding: string, text: string][] = [
  ["windows-1252", "Name;Straße\r\nMüller;5\r\n"],
  ["windows-1252", "Name;Betrag\r\nMüller;12,50 €\r\nGroß;7,00 €\r\nJäger;“3,20” €\r\n"],
  ["windows-1252", "Prénom;Ville\r\nÉlodie;Besançon\r\nFrançois;Orléans\r\n"],
  ["windows-1252", "Año;Compañía;Población\r\n2024;Peñarroya;España\r\n"],
  ["windows-1252", "Navn;By\nSøren;Århus\nBjørn;Ærø\n"],
  ["windows-1252", "café"],
  ["windows-1250", "Imię;Miasto\r\nŁukasz;Łódź\r\nŻaneta;Gdańsk\r\n"],
  ["windows-1250", "Név;Város\nGyőző;Győr\nÁrpád;Székesfehérvár\n"],
  ["iso-8859-2", "Imię;Miasto\r\nŁukasz;Łódź\r\nŻaneta;Gdańsk\r\n"],
  ["windows-1251", "Имя;Город\r\nИван;Москва\r\nОльга;Санкт-Петербург\r\n"],
  ["koi8-r", "Имя;Город\r\nИван;Москва\r\nОльга;Санкт-Петербург\r\n"],
  ["windows-1253", "Όνομα;Πόλη\r\nΓιώργος;Αθήνα\r\nΜαρία;Θεσσαλονίκη\r\n"],
  ["windows-1254", "Adı;Şehir\r\nİbrahim;İstanbul\r\nAyşe;Eskişehir\r\n"],
  ["windows-1255", "שם;עיר\r\nדוד;ירושלים\r\n"],
  ["windows-1256", "الاسم;المدينة\r\nمحمد;القاهرة\r\n"],
  ["windows-1257", "Vardas;Miestas\nŽydrūnas;Šiauliai\nRūta;Panevėžys\n"],
  ["windows-1252", "Item,Price\nTea,£3\n"],
  ["windows-1252", "Temp\n20°C\n"],
  ["windows-1252", "2020–2024, it’s fine…\n"],
  ["windows-1252", "a\u00a0b;c\n"],
  ["windows-1252", "señor;mañana\n\x1a"],
]

/** Encodings with several bytes per letter. */
const byBytes: [encoding: string, text: string, bytes: string][] = [
  [
    "shift_jis",
    "商品名,価格\r\nりんご,100円\r\nバナナ,200円\r\n",
    "j6SVaZa8LIm/imkNCoLogvGCsiwxMDCJfg0Kg2+DaYNpLDIwMIl+DQo=",
  ],
  [
    "euc-jp",
    "商品名,価格\r\nりんご,100円\r\nバナナ,200円\r\n",
    "vqbJysy+LLLBs8oNCqTqpPOktCwxMDCx3w0KpdClyqXKLDIwMLHfDQo=",
  ],
  ["gb18030", "姓名,城市\r\n王小明,北京\r\n李丽,上海\r\n", "0NXD+yyzx8rQDQrN9dChw/cssbG+qQ0KwO7A9izJz7qjDQo="],
  ["big5", "姓名,城市\r\n王小明,臺北市\r\n李麗,高雄市\r\n", "qW2mVyyrsKWrDQqk/aRwqfosu0+lX6WrDQqn9cRSLLCqtq+lqw0K"],
  ["euc-kr", "이름,도시\r\n김철수,서울\r\n이영희,부산\r\n", "wMy4pyy1tb3DDQqx6MO2vPYsvK2/7w0KwMy/tcjxLLrOu+oNCg=="],
  ["windows-874", "ชื่อ,เมือง\r\nสมชาย,กรุงเทพ\r\n", "qtfozSzgwdfNpw0KysGq0sIsocPYp+C3vg0K"],
  ["iso-2022-jp", "商品名,1\r\n", Buffer.from("\x1b$B>&IJL>\x1b(B,1\r\n", "latin1").toString("base64")],
]

describe("U12 text is decoded from the encoding that it was written in", () => {
  test.each(byCodePage)("%s: %s", async (encoding, text) => {
    expect(await readText(encoded(text, encoding))).toMatchObject({ text })
  })

  test.each(byBytes)("%s: %s", async (encoding, text, bytes) => {
    expect(await readText(Buffer.from(bytes, "base64"))).toEqual({ text, encoding })
  })

  test.each(["utf-16le", "utf-16be"])("%s is decoded with its byte order mark and without", async (encoding) => {
    for (const [, text] of [...byCodePage, ...byBytes]) {
      const bytes = utf16(text, encoding)
      if (bytes.includes(0)) expect(await readText(bytes)).toEqual({ text, encoding })
      expect(await readText(utf16(`\uFEFF${text}`, encoding))).toEqual({ text, encoding })
    }
  })

  test("characters late in a long file count, even in a file of one line", async () => {
    const text = "Имя;Город;Иван;Москва;Ольга;Санкт-Петербург;"
    for (const before of ["name;city\n".repeat(200_000), "name;city;".repeat(20_000)])
      expect(await readText(encoded(before + text.repeat(3_000), "windows-1251"))).toMatchObject({
        encoding: "windows-1251",
      })
  })

  test("UTF-8 stays UTF-8, with a byte order mark and without, whatever it contains", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "grapheme" }), async (text) => {
        const plain = text.replaceAll("\0", "").replaceAll("\x1b", "").toWellFormed()
        expect(await readText(Buffer.from(plain))).toMatchObject({ encoding: "utf-8" })
      }),
      seeded(200),
    )
    expect(await readText(Buffer.from("\uFEFFGröße"))).toEqual({ text: "Größe", encoding: "utf-8" })
  })
})

describe("U12 binary data is not decoded", () => {
  test.each([
    ["UTF-8 that breaks off in a letter", Buffer.from("Müller kauft Käse").subarray(0, 16)],
    [
      "UTF-8 with a stray byte",
      Buffer.concat([Buffer.from("Größe, Maß, Länge, Füße, Höhe"), Buffer.of(0xe4, 0x20, 0x20, 0x20)]),
    ],
  ])("%s", async (_, bytes) => {
    expect(await readText(bytes)).toBe("unknown")
  })

  test.each([
    ["a program", Buffer.from("\x7fELF\x02\x01\x01\0\0\0\0\0\0\0", "latin1")],
    ["a picture's beginning", Buffer.from("\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "latin1")],
    ["sound", Buffer.from("\xff\xfb\x90\x64\0\x0f\xf0\0\0\x69\0\0\0\x08", "latin1")],
    ["half a letter of UTF-16", Buffer.from([0xff, 0xfe, 0x41])],
    ["UTF-32", Buffer.from([0xff, 0xfe, 0, 0, 0x41, 0, 0, 0])],
    ["text with NUL", Buffer.from("a\0b")],
  ])("%s is binary", async (_, bytes) => {
    expect(await readText(bytes)).toBe("binary")
  })

  test("random bytes are not text", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 400, maxLength: 400 }), async (bytes) => {
        expect(await readText(bytes)).toBe("binary")
      }),
      seeded(200),
    )
  })
})

function encoded(text: string, encoding: string): Buffer {
  const all = Array.from({ length: 256 }, (_, byte) => byte)
  const byLetter = new Map(all.map((byte) => [new TextDecoder(encoding).decode(Uint8Array.of(byte)), byte]))
  return Buffer.from(
    [...text].map((letter) => {
      const byte = byLetter.get(letter)
      if (byte === undefined) throw new Error(`${encoding} has no ${letter}`)
      return byte
    }),
  )
}

function utf16(text: string, encoding: string): Buffer {
  const bytes = Buffer.from(text, "utf16le")
  return encoding === "utf-16le" ? bytes : bytes.swap16()
}
