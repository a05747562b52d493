/** Counts what the test runners wrote down. A runner that wrote nothing counts as one failure: it never got that far. */
import { existsSync, readFileSync } from "node:fs"

interface Count {
  passed: number
  failed: number
}

function read(file: string, count: (report: never) => Count): Count {
  if (!existsSync(file)) return { passed: 0, failed: 1 }
  return count(JSON.parse(readFileSync(file, "utf8")) as never)
}

interface VitestReport {
  numPassedTests: number
  numTotalTests: number
  numPendingTests: number
  success: boolean
}

function countVitest(report: VitestReport): Count {
  const failed = report.numTotalTests - report.numPassedTests - report.numPendingTests
  // A file that could not be loaded has no failed test in it and is a failure all the same.
  return { passed: report.numPassedTests, failed: failed === 0 && !report.success ? 1 : failed }
}

const counts = [
  read("tests/results/unit.json", countVitest),
  read("tests/results/faults.json", countVitest),
  read(
    "tests/results/browser.json",
    (report: { stats: { expected: number; unexpected: number; flaky: number }; errors: unknown[] }) => ({
      passed: report.stats.expected,
      failed: report.stats.unexpected + report.stats.flaky + report.errors.length,
    }),
  ),
]
const passed = counts.reduce((sum, count) => sum + count.passed, 0)
const failed = counts.reduce((sum, count) => sum + count.failed, 0)
console.info(`${passed} passed, ${failed} failed`)
process.exit(failed === 0 ? 0 : 1)
