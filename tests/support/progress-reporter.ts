import type { Reporter, TestCase, TestSpecification } from "vitest/node"

const everyMs = 10_000

/** Prints a run's progress every 10 s, as a sign of life. */
export default class ProgressReporter implements Reporter {
  #startedAtMs = 0
  #files = 0
  #filesDone = 0
  #passed = 0
  #failed = 0
  #timer: NodeJS.Timeout | undefined

  onTestRunStart(specifications: readonly TestSpecification[]): void {
    this.#startedAtMs = performance.now()
    this.#files = specifications.length
    this.#timer = setInterval(() => this.#print(), everyMs)
  }

  onTestCaseResult(testCase: TestCase): void {
    const { state } = testCase.result()
    if (state === "passed") this.#passed += 1
    if (state === "failed") this.#failed += 1
  }

  onTestModuleEnd(): void {
    this.#filesDone += 1
  }

  onTestRunEnd(): void {
    clearInterval(this.#timer)
  }

  #print(): void {
    const seconds = Math.round((performance.now() - this.#startedAtMs) / 1000)
    console.info(
      `   ${this.#filesDone} of ${this.#files} files, ${this.#passed} passed, ${this.#failed} failed, ${seconds} s`,
    )
  }
}
