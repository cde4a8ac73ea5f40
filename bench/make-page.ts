/**
 * Writes the sample page as bytes, in a process of its own: the contenders then all begin with objects that they decoded
 * themselves, and no writer has met literals of other shapes before it is timed.
 */
import { writeFileSync } from 'node:fs'
import { encode } from '../lib/core/tl/writer.ts'
import { writeMessagesMessages } from './layer-227/codec.ts'
import { samplePage } from './sample.ts'

writeFileSync(process.argv[2]!, encode(samplePage(), writeMessagesMessages))
