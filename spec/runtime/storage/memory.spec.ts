import { memoryStorage } from '../../../lib/runtime/storage/memory.ts'
import { conforms } from './conformance.ts'

describe('runtime/storage memory', () => {
  conforms('memory', memoryStorage)
})
