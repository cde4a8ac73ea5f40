import { expect } from 'chai'

/** That `run` throws an error of this class (each face has its own) whose message says so. */
export function expectError(run: () => unknown, name: string, message: RegExp): void {
  let thrown: unknown
  try {
    run()
  } catch (error) {
    thrown = error
  }
  expect(thrown, 'expected an error').to.be.an('error')
  expect((thrown as Error).name).to.equal(name)
  expect((thrown as Error).message).to.match(message)
}
