/** The run inside the page: mocha's own build is there as a global, and so are the specs that were loaded. */

interface Failed {
  readonly title: string
  readonly error: string
}

export interface Outcome {
  readonly passed: number
  readonly failed: readonly Failed[]
  readonly skipped: number
}

interface Test {
  fullTitle(): string
}

interface Suite {
  suites: readonly Suite[]
  tests: readonly Test[]
}

interface Runner {
  readonly stats: { readonly passes: number; readonly pending: number }
  on(event: 'fail', listener: (test: Test, error: Error & { readonly showDiff?: boolean }) => void): this
  on(event: 'end', listener: () => void): this
}

interface BrowserMocha {
  readonly suite: Suite
  run(): Runner
}

/** Runs everything that was described, but for what begins with one of those titles. */
export function run(without: readonly string[]): Promise<Outcome> {
  const { mocha } = globalThis as unknown as { readonly mocha: BrowserMocha }
  prune(mocha.suite, without)
  return new Promise((resolve) => {
    const failed: Failed[] = []
    const runner = mocha.run()
    runner
      .on('fail', (test, { stack, message }) => failed.push({ title: test.fullTitle(), error: stack ?? message }))
      .on('end', () => resolve({ passed: runner.stats.passes, failed, skipped: runner.stats.pending }))
  })
}

function prune(suite: Suite, without: readonly string[]): void {
  suite.tests = suite.tests.filter((test) => !without.some((title) => test.fullTitle().startsWith(title)))
  for (const inner of suite.suites) prune(inner, without)
}
