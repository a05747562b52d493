/** Stands for `rehype-raw` in the browser: it parses HTML, and HTML in answers is text. */
export default function parseHtml(): never {
  throw new Error("HTML in answers is text: nothing in the browser parses it.")
}
