/** Replaces `rehype-raw` in the browser: HTML in answers is shown as text, so nothing parses it. */
export default function parseHtml(): never {
  throw new Error("HTML in answers is shown as text and not parsed.")
}
