import path from "node:path"
import { expect, test } from "vitest"
import { ConfigError, loadConfig } from "#lib/config.ts"

const server = { GOOSE_ACP_URL: "http://127.0.0.1:3284/acp", GOOSE_SECRET: "hunter2" }

test("without its settings there is no Goose", () => {
  expect(loadConfig({}).goose).toBeUndefined()
})

test("an address with its key leads to a server, and its folder is in the data folder unless another is named", () => {
  expect(loadConfig({ ...server, DATA_DIR: "/data" }).goose).toEqual({
    url: "http://127.0.0.1:3284/acp",
    secret: "hunter2",
    workDir: "/data/goose",
  })
  expect(loadConfig({ ...server, GOOSE_WORK_DIR: "/shared/work" }).goose?.workDir).toBe("/shared/work")
  expect(path.isAbsolute(loadConfig(server).goose?.workDir ?? "")).toBe(true)
})

test("a command needs no key", () => {
  expect(loadConfig({ GOOSE_COMMAND: "goose acp", DATA_DIR: "/data" }).goose).toEqual({
    command: "goose acp",
    workDir: "/data/goose",
  })
})

test("only ways that lose an answer with this server are warned of", () => {
  expect(loadConfig(server).warnings).toEqual([])
  expect(loadConfig({ ...server, GOOSE_ACP_URL: "ws://127.0.0.1:3284/acp" }).warnings).toEqual([
    expect.stringContaining("GOOSE_ACP_URL"),
  ])
  expect(loadConfig({ GOOSE_COMMAND: "goose acp" }).warnings).toEqual([expect.stringContaining("GOOSE_COMMAND")])
})

test.each([
  ["an address without its key", { GOOSE_ACP_URL: "http://goose:1/acp" }, "GOOSE_SECRET: required with GOOSE_ACP_URL"],
  ["a key without its address", { GOOSE_SECRET: "hunter2" }, "GOOSE_SECRET: only with GOOSE_ACP_URL"],
  ["an address beside a command", { ...server, GOOSE_COMMAND: "goose acp" }, "GOOSE_ACP_URL, GOOSE_COMMAND: set one"],
  ["a folder for nobody", { GOOSE_WORK_DIR: "/hunter2" }, "GOOSE_WORK_DIR: only with"],
  ["a relative folder", { ...server, GOOSE_WORK_DIR: "hunter2" }, "GOOSE_WORK_DIR: is an absolute path"],
  ["an unknown protocol", { ...server, GOOSE_ACP_URL: "tcp://hunter2:1" }, "GOOSE_ACP_URL: is an http, https, ws"],
  ["a password in the address", { ...server, GOOSE_ACP_URL: "http://a:hunter2@b/acp" }, "without user and password"],
  ["no address at all", { ...server, GOOSE_ACP_URL: "hunter2" }, "GOOSE_ACP_URL: is an http, https, ws"],
])("%s is refused in a sentence without its value", (_what, environment, sentence) => {
  const complaint = () => loadConfig(environment)
  expect(complaint).toThrow(ConfigError)
  expect(complaint).toThrow(sentence)
  expect(complaint).not.toThrow("hunter2")
})
