/**
 * Decodes text as common programs save it: a spreadsheet writes CSV in its country's code page or as UTF-16, and the
 * file does not name either.
 */

export interface ReadText {
  text: string
  /** name in the Encoding Standard */
  encoding: string
}

/**
 * Decodes bytes as text.
 * @returns "binary" for bytes that are not text; "unknown" if the encoding cannot be determined, or UTF-8 is damaged
 */
export async function readText(bytes: Uint8Array): Promise<ReadText | "binary" | "unknown"> {
  const marked = byteOrderOf(bytes)
  if (marked) return decodeAs(marked, bytes, isFreeOfControls) ?? "binary"
  if (bytes.includes(0)) {
    const encoding = detectUtf16(bytes)
    return (encoding && decodeAs(encoding, bytes, isPlausible)) ?? "binary"
  }
  // ISO-2022-JP uses seven bits, so it is also valid UTF-8; no other encoding begins its letters with these bytes.
  if (startsJapaneseLetters(bytes)) return decodeAs("iso-2022-jp", bytes, isPlausible) ?? "unknown"
  const unicode = decodeAs("utf-8", bytes, () => true)
  if (unicode) return unicode
  // DOS programs end a text with this byte, so it does not make the file binary.
  const written = bytes.at(-1) === endOfFile ? bytes.subarray(0, -1) : bytes
  if (written.some((byte) => byte < 0x20 && !whitespace.includes(byte))) return "binary"
  return isDamagedUtf8(bytes) ? "unknown" : ((await decodeByLetters(bytes)) ?? "unknown")
}

const whitespace = [0x09, 0x0a, 0x0b, 0x0c, 0x0d]
const endOfFile = 0x1a

function decodeAs(encoding: string, bytes: Uint8Array, accepts: (text: string) => boolean): ReadText | undefined {
  try {
    const text = new TextDecoder(encoding, { fatal: true }).decode(bytes)
    return accepts(text) ? { text, encoding } : undefined
  } catch {
    return undefined // a decoding error means: not this encoding
  }
}

function isFreeOfControls(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the expression searches for control characters
  return !/[\0-\x08\x0e-\x19\x1b-\x1f\x7f]/.test(text)
}

/** Checks for unassigned characters: text decoded with the wrong encoding asFallback contains some. */
function isPlausible(text: string): boolean {
  return isFreeOfControls(text) && !/[\x80-\x9f\uFFFD\p{Co}\p{Cn}]/u.test(text)
}

function byteOrderOf([first, second]: Uint8Array): "utf-16le" | "utf-16be" | undefined {
  if (first === 0xff && second === 0xfe) return "utf-16le"
  return first === 0xfe && second === 0xff ? "utf-16be" : undefined
}

/** Detects UTF-16 by its zero bytes: line ends, commas and digits all have one, on the same side. */
function detectUtf16(bytes: Uint8Array): "utf-16le" | "utf-16be" | undefined {
  let atEven = 0
  let atOdd = 0
  for (const [index, byte] of bytes.entries()) {
    if (byte !== 0) continue
    if (index % 2 === 0) atEven += 1
    else atOdd += 1
  }
  // A few letters end in a zero byte themselves, such as 一.
  if (atOdd > 4 * atEven) return "utf-16le"
  return atEven > 4 * atOdd ? "utf-16be" : undefined
}

function startsJapaneseLetters(bytes: Uint8Array): boolean {
  const at = bytes.indexOf(0x1b)
  return at !== -1 && bytes[at + 1] === 0x24 && [0x40, 0x42].includes(bytes[at + 2] ?? 0)
}

/** Detects UTF-8 with a few broken letters, or one cut off at the end: in a code page each letter would be two. */
function isDamagedUtf8(bytes: Uint8Array): boolean {
  const maxLetterBytes = 4
  let good = 0
  let bad = 0
  for (let at = 0; at < bytes.length; at++) {
    if ((bytes[at] ?? 0) < 0x80) continue
    const letter = Array.from({ length: maxLetterBytes - 1 }, (_, index) => bytes.subarray(at, at + index + 2)).find(
      (candidate) => decodeAs("utf-8", candidate, (text) => [...text].length === 1),
    )
    if (letter) {
      good += 1
      at += letter.length - 1
    } else if (at < bytes.length - maxLetterBytes + 1) bad += 1
    if (good + bad > 1_000) break
  }
  return good > 4 * bad
}

const sampleBytes = 64_000

/**
 * Encodings that programs of the last thirty years write, by the detector's names. Older variants of a code page decode
 * alike.
 */
const encodings: Record<string, string> = {
  "windows-1252": "windows-1252",
  "windows-1250": "windows-1250",
  "windows-1251": "windows-1251",
  "windows-1253": "windows-1253",
  "windows-1254": "windows-1254",
  "windows-1255": "windows-1255",
  "windows-1256": "windows-1256",
  "windows-1257": "windows-1257",
  "iso-8859-2": "iso-8859-2",
  "iso-8859-5": "iso-8859-5",
  "koi8-r": "koi8-r",
  cp874: "windows-874",
  cp932: "shift_jis",
  "euc-jp": "euc-jp",
  cp949: "euc-kr",
  gb18030: "gb18030",
  big5: "big5",
}
/** The most common encoding besides UTF-8, preferred when there are too few letters to decide. */
const fallbackEncoding = "windows-1252"
const fallbackWeight = 1.1

async function decodeByLetters(bytes: Uint8Array): Promise<ReadText | undefined> {
  const asFallback = decodeAs(fallbackEncoding, bytes, isPlausible)
  const sample = linesWithLetters(bytes)
  if (asFallback && hasOnlySigns(sample)) return asFallback
  // The detector holds a megabyte of statistics, so it is loaded with the first file that needs it.
  const { detectAll } = await import("jschardet")
  const ranked = detectAll(sample, { detectEncodings: Object.keys(encodings), minimumThreshold: 0 })
    .map(({ encoding, confidence }) => {
      const name = encodings[encoding?.toLowerCase() ?? ""]
      return { name, weight: confidence * (name === fallbackEncoding ? fallbackWeight : 1) }
    })
    .sort((one, other) => other.weight - one.weight)
  for (const { name } of ranked) {
    const read = name === undefined ? undefined : decodeAs(name, bytes, isPlausible)
    if (read) return read
  }
  return asFallback
}

/**
 * Detects text whose only special characters are signs such as degrees, pounds and dashes: no word reveals a language.
 */
function hasOnlySigns(sample: Uint8Array): boolean {
  const isLetter = (byte: number) =>
    byte >= 0xc0 || [0x8a, 0x8c, 0x8e, 0x9a, 0x9c, 0x9e, 0x9f, 0xaa, 0xb5, 0xba].includes(byte)
  return sample.every((byte, index) => {
    if (byte < 0x80) return true
    const isAlone = (sample[index - 1] ?? 0) < 0x80 && (sample[index + 1] ?? 0) < 0x80
    return isAlone && !isLetter(byte)
  })
}

/**
 * Collects the lines that reveal the encoding. A line is never cut inside a letter, since none ends in a byte this low.
 */
function linesWithLetters(bytes: Uint8Array): Uint8Array {
  const lines: number[] = []
  for (let start = 0; start < bytes.length && lines.length < sampleBytes; ) {
    const lineEnd = bytes.indexOf(0x0a, start)
    let end = lineEnd === -1 ? bytes.length : lineEnd + 1
    if (end - start > sampleBytes) {
      const cut = bytes.subarray(start, start + sampleBytes).findLastIndex((byte) => byte < 0x30)
      end = cut === -1 ? start + sampleBytes : start + cut + 1
    }
    const line = bytes.subarray(start, end)
    if (line.some((byte) => byte >= 0x80)) lines.push(...line)
    start = end
  }
  return Uint8Array.from(lines)
}
