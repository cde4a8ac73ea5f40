/** `rxgram/testing`: what tests of bots and apps need. */
export { startTestDc, type TestDc } from './start-test-dc.node.ts'
