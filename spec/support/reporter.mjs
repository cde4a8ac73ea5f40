import Mocha from 'mocha'

/** The spec reporter, closed by one line that scripts can read. */
export default class ClosingLine extends Mocha.reporters.Spec {
  epilogue() {
    super.epilogue()
    const { passes, failures, pending } = this.stats
    console.log(`${passes} passed, ${failures} failed, ${pending} skipped`)
  }
}
