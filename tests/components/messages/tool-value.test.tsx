// @vitest-environment jsdom
/** U8: bytes in tools' inputs and outputs become pictures or notes, never text. */
import { expect, test } from "vitest"
import { ToolDetail, ToolValue } from "#components/messages/tool-value.tsx"
import { mount } from "../mount.ts"

const data = "iVBORw0KGgo".padEnd(40_000, "aB3")
const picture = { type: "image", mimeType: "image/png", data }

test.each<[string, unknown]>([
  ["an MCP server's picture", { content: [{ type: "text", text: "a dot" }, picture] }],
  ["the same as a text", JSON.stringify({ content: [{ type: "text", text: "a dot" }, picture] })],
  ["a data address", { words: "a dot", url: `data:image/png;base64,${data}` }],
  ["base64 alone", { words: "a dot", data }],
])("U8 a picture is shown, with a text alternative: %s", async (_, value) => {
  const container = await mount(<ToolDetail label="Output" value={value} />)
  const shown = [...container.querySelectorAll("img")]
  expect(shown.map(({ src }) => src)).toEqual([`data:image/png;base64,${data}`])
  expect(shown[0]?.alt).toBe("Picture from the tool")
  expect(shown[0]?.className, "a height that is known beforehand").toContain("h-48")
  expect(container.textContent).toContain("a dot")
  expect(container.textContent).toContain("[a picture: image/png, 30 kB]")
  expect(container.textContent?.length).toBeLessThan(500)
})

test("U8 bytes of other kinds become a note, and content that may have several types is no picture", async () => {
  const others = [
    { type: "audio", mimeType: "audio/wav", data },
    { type: "image", mimeType: "image/svg+xml", data },
    { mimeType: "text/html", blob: data.slice(11) },
  ]
  const container = await mount(<ToolValue value={{ content: others }} />)
  expect(container.querySelector("img")).toBeNull()
  expect(container.textContent).toContain("[an audio clip: audio/wav, 30 kB]")
  expect(container.textContent).toContain("[a picture: image/svg+xml, 30 kB]")
  expect(container.textContent?.length).toBeLessThan(800)
})

test("U8 content too large for a page, or too numerous, is only named", async () => {
  const large = await mount(<ToolValue value={[{ ...picture, data: data.padEnd(500_000, "aB3") }]} />)
  expect(large.querySelector("img")).toBeNull()
  const many = await mount(<ToolValue value={Array.from({ length: 20 }, () => picture)} />)
  expect(many.querySelectorAll("img")).toHaveLength(8)
  expect(many.querySelector("img:last-child")?.getAttribute("alt")).toBe("Picture 8 of 8 from the tool")
})

test.each(["{", "[1,", '{"half": ', "[x]", "{}}"])(
  "text that only looks like JSON is shown as it is: %s",
  async (text) => {
    const container = await mount(<ToolDetail label="Output" value={text} />)
    expect(container.querySelector("pre")?.textContent).toBe(text)
  },
)

test("text is shown as text", async () => {
  const container = await mount(<ToolValue value={'say "data:" and\nmore'} />)
  expect(container.textContent).toBe('say "data:" and\nmore')
  const long = await mount(<ToolValue value={{ found: "x".repeat(9_000), data: "short", mimeType: "image/png" }} />)
  expect(long.textContent).toContain("x".repeat(9_000))
  expect(long.textContent).toContain("short")
})
