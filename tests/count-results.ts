/**
 * Counts the results that the test runners wrote, and lists the failures, because a long output is read from its end.
 * A runner that wrote nothing counts as one failure: it never got that far. Only the parts that are named are counted.
 */
import { existsSync, readFileSync } from "node:fs"
import path from "node:path"

interface Count {
  passed: number
  failed: string[]
}

function read(file: string, count: (report: never) => Count): Count {
  if (!existsSync(file)) return { passed: 0, failed: [`${file} was not written`] }
  return count(JSON.parse(readFileSync(file, "utf8")) as never)
}

interface VitestReport {
  numPassedTests: number
  success: boolean
  testResults: { name: string; status: string; assertionResults: { status: string; fullName: string }[] }[]
}

function countVitest({ numPassedTests, success, testResults }: VitestReport): Count {
  const failed = testResults.flatMap(({ name, status, assertionResults }) => {
    const tests = assertionResults.filter((test) => test.status === "failed").map(({ fullName }) => fullName)
    // A file that could not be loaded is a failure without any failed test in it.
    return (tests.length === 0 && status === "failed" ? ["could not be run"] : tests).map(
      (test) => `${path.relative("", name)}: ${test}`,
    )
  })
  return { passed: numPassedTests, failed: failed.length === 0 && !success ? ["outside of any test"] : failed }
}

interface BrowserSuite {
  specs?: { title: string; file: string; tests: { projectName: string; status: string }[] }[]
  suites?: BrowserSuite[]
}

interface BrowserReport extends BrowserSuite {
  stats: { expected: number }
  errors: { message?: string }[]
}

function countBrowser(report: BrowserReport): Count {
  const failed = specsIn(report).flatMap(({ file, title, tests }) =>
    tests
      .filter(({ status }) => status === "unexpected" || status === "flaky")
      .map(({ projectName }) => `${file}: ${title} (${projectName})`),
  )
  const errors = report.errors.map(({ message = "outside of any test" }) => message)
  return { passed: report.stats.expected, failed: [...failed, ...errors] }
}

function specsIn({ specs = [], suites = [] }: BrowserSuite): NonNullable<BrowserSuite["specs"]> {
  return [...specs, ...suites.flatMap(specsIn)]
}

const counters = { unit: countVitest, faults: countVitest, proxies: countVitest, browser: countBrowser }
const named = process.argv.slice(2)
const counts = Object.entries(counters)
  .filter(([part]) => named.length === 0 || named.includes(part))
  .map(([part, count]) => read(`tests/results/${part}.json`, count))
const passed = counts.reduce((sum, count) => sum + count.passed, 0)
const failed = counts.flatMap((count) => count.failed)
for (const name of failed) console.info(`failed: ${name}`)
console.info(`${passed} passed, ${failed.length} failed`)
process.exit(failed.length === 0 ? 0 : 1)
