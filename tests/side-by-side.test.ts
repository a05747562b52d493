import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { expect, onTestFinished, test } from "vitest"
import { type Job, runSideBySide } from "./side-by-side.ts"

test("jobs run side by side, and each one's output is printed whole when it ends", async () => {
  const { run, printed, failed } = ready(2)
  await run([
    shell("first", "echo one; until [ -e $folder/there ]; do sleep 0.01; done; echo two; echo three >&2"),
    shell("second", "echo four; touch $folder/there; echo five"),
  ])
  expect(failed()).toEqual([])
  expect(printed()).toMatch(/── first job: passed, .*\none\ntwo\nthree\n/)
  expect(printed()).toMatch(/── second job: passed, .*\nfour\nfive\n/)
})

test("no more jobs run at a time than allowed", async () => {
  const { run, printed, failed } = ready(2)
  const alone =
    "mkdir $folder/runs-$0 && [ $(ls -d $folder/runs-* | wc -l) -le 2 ] && sleep 0.05 && rmdir $folder/runs-$0"
  await run(Array.from({ length: 6 }, (_, index) => shell(`job${index}`, alone)))
  expect(failed()).toEqual([])
  expect(printed().match(/passed/g)).toHaveLength(6)
})

test("a job starts once the one it needs has succeeded, and never if that has failed", async () => {
  const { run, printed, failed, folder } = ready(3)
  await run([
    { ...shell("after-good", "cat $folder/made"), after: "good" },
    { ...shell("after-bad", "touch $folder/wrong"), after: "bad" },
    shell("good", "sleep 0.1; echo it is there > $folder/made"),
    shell("bad", "echo it is broken; exit 3"),
  ])
  expect(failed()).toEqual(["after-bad", "bad"])
  expect(printed()).toContain("it is there")
  expect(printed()).toMatch(/── bad job: FAILED, .*\nit is broken\n/)
  expect(existsSync(path.join(folder, "wrong"))).toBe(false)
})

test("a command that does not exist has failed", async () => {
  const { run, failed } = ready(2)
  await run([{ name: "none", heading: "none", command: ["no-such-program"] }])
  expect(failed()).toEqual(["none"])
})

test("an interruption ends whatever jobs have started, by force if need be, and starts no more", async () => {
  const { run, failed, folder, interrupt } = ready(2)
  const file = (name: string) => path.join(folder, name)
  const over = run([
    shell("polite", "trap 'echo tidied > $folder/tidied; exit 1' INT; sleep 1000 & echo $! > $folder/child1; wait"),
    shell("deaf", "trap '' INT; sleep 1000 & echo $! > $folder/child2; wait"),
    shell("late", "touch $folder/started"),
  ])
  await expect.poll(() => ["child1", "child2"].every((name) => isWritten(file(name)))).toBe(true)
  interrupt()
  await over
  expect(failed()).toEqual(["polite", "deaf", "late"])
  expect(readFileSync(file("tidied"), "utf8")).toBe("tidied\n")
  expect(existsSync(file("started"))).toBe(false)
  for (const child of ["child1", "child2"])
    await expect.poll(() => isAlive(Number(readFileSync(file(child), "utf8")))).toBe(false)
})

function ready(atOnce: number) {
  const folder = mkdtempSync(path.join(tmpdir(), "side-by-side-"))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const interruption = new AbortController()
  let printed = ""
  let failed: string[] = []
  return {
    folder,
    interrupt: () => interruption.abort(),
    printed: () => printed,
    failed: () => failed,
    async run(jobs: Job[]) {
      const inFolder = jobs.map((job): Job => ({ ...job, command: ["env", `folder=${folder}`, ...job.command] }))
      const { signal } = interruption
      const print = (text: string) => {
        printed += text
      }
      failed = (await runSideBySide(inFolder, { atOnce, folder, signal, graceMs: 500, print })).map(({ name }) => name)
    },
  }
}

/** A job in a shell's words, where `$folder` is the test's own and `$0` the job's name. */
function shell(name: string, words: string): Job {
  return { name, heading: `${name} job`, command: ["sh", "-c", words, name] }
}

function isWritten(file: string): boolean {
  return existsSync(file) && readFileSync(file, "utf8").endsWith("\n")
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
