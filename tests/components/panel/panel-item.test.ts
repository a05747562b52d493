import { expect, test } from "vitest"
import { filenameFor, kindOf, languageOfArtifact, languageOfFile } from "#components/panel/panel-item.ts"

test.each([
  ["md", "markdown"],
  ["Markdown", "markdown"],
  ["csv", "table"],
  ["html", "html"],
  ["svg", "html"],
  ["ts", "code"],
  ["constructor", "code"],
  ["", "code"],
])("a file named %j is shown as %s", (language, kind) => expect(kindOf(language)).toBe(kind))

test.each([
  ["CSV", "a,b", "csv"],
  ["IDE", "const a = 1", ""],
  ["CODE", "  <!DOCTYPE html><p>x", "html"],
  ["FILE", '{"a":[1]}', "json"],
  ["FILE", "{ not json", ""],
  ["DOCUMENT", "A long text", "markdown"],
])("an artifact of type %s with %j becomes %j", (type, text, language) =>
  expect(languageOfArtifact(type, text)).toBe(language),
)

test.each([
  ["typescript", "code.ts"],
  ["csv", "code.csv"],
  ["", "code.txt"],
  ["../../etc/passwd", "code.txt"],
])("a text in %j is saved as %s", (language, filename) => expect(filenameFor("code", language)).toBe(filename))

test("a file's extension gives its language", () => {
  expect(["a.CSV", "archive.tar.gz", "README", ".gitignore?"].map(languageOfFile)).toEqual(["csv", "gz", "", ""])
})
