// @vitest-environment jsdom
import { expect, test } from "vitest"
import { inertPage } from "#components/panel/inert-page.ts"

test("B58 B59 a page keeps its appearance and loses everything active, under a policy that comes first", () => {
  const page = inertPage(`
    <meta http-equiv="Content-Security-Policy" content="script-src *"><meta http-equiv="refresh" content="0;url=//evil.example">
    <html><head><base href="//evil.example"><link rel="preconnect" href="//evil.example"><style>b{color:red}</style></head>
    <body><script>alert(1)</script><iframe src="//evil.example"></iframe><object data="x"></object>
    <svg><script>alert(2)</script></svg><noscript><img src="//evil.example"></noscript><b>kept</b></body></html>`)
  const shown = new DOMParser().parseFromString(page, "text/html")
  expect(shown.querySelector("script, base, link, iframe, object, noscript")).toBeNull()
  expect(shown.querySelector("style")?.textContent).toBe("b{color:red}")
  expect(shown.querySelector("b")?.textContent).toBe("kept")
  const metas = [...shown.querySelectorAll("meta")]
  expect(metas.filter((meta) => meta.httpEquiv.toLowerCase() === "refresh")).toEqual([])
  const policies = metas.filter((meta) => meta.httpEquiv === "Content-Security-Policy")
  expect(policies.map(({ content }) => content)).toEqual([expect.stringContaining("default-src 'none'")])
  expect(shown.head.firstElementChild?.outerHTML).toContain("charset")
  expect([...shown.head.children].indexOf(policies[0] as HTMLMetaElement)).toBe(1)
})

test("a link shows its target and leads nowhere but to a place in the page", () => {
  const page = inertPage('<a href="https://evil.example">x</a><svg><a xlink:href="/y">y</a></svg><a href="#end">z</a>')
  const shown = new DOMParser().parseFromString(page, "text/html")
  const links = [...shown.querySelectorAll("a")]
  expect(links.map((link) => link.getAttribute("title"))).toEqual(["https://evil.example", "/y", null])
  expect(links.map((link) => link.getAttribute("href") ?? link.getAttribute("xlink:href"))).toEqual([
    null,
    null,
    "#end",
  ])
})

test("a fragment and a drawing count as pages", () => {
  expect(inertPage("<p>only this")).toContain("<body><p>only this</p></body>")
  expect(inertPage('<svg viewBox="0 0 1 1"><rect width="1" height="1"></rect></svg>')).toContain("<rect")
})
