/**
 * What is held in Maps and Sets, by the file that made them: while it watches, every empty one that is made is
 * remembered. So it can be seen that nothing is left, without a door in the code for it.
 */
interface Holding {
  readonly file: string
  readonly entries: { readonly size: number }
}

export class Holdings {
  readonly #all: Holding[] = []

  /** Watches from now on; what it returns ends that. */
  watch(): () => void {
    const { Map: PlainMap, Set: PlainSet } = globalThis
    const add = (entries: Holding['entries']): void => void this.#all.push({ file: maker(), entries })
    globalThis.Map = class<Key, Value> extends PlainMap<Key, Value> {
      constructor(entries?: Iterable<readonly [Key, Value]> | null) {
        super(entries)
        if (entries === undefined) add(this)
      }
    }
    globalThis.Set = class<Value> extends PlainSet<Value> {
      constructor(values?: Iterable<Value> | null) {
        super(values)
        if (values === undefined) add(this)
      }
    }
    return () => {
      globalThis.Map = PlainMap
      globalThis.Set = PlainSet
    }
  }

  /** The files that hold something, of those whose name fits, with how much. */
  held(fits: RegExp): ReadonlyMap<string, number> {
    const sums = new Map<string, number>()
    for (const { file, entries } of this.#all)
      if (entries.size > 0 && fits.test(file)) sums.set(file, (sums.get(file) ?? 0) + entries.size)
    return sums
  }
}

/** What is made of a Map is of the file that made it. */
const MADE_OF_MAPS = '/lib/core/passing.ts'

/** The file that made a Map: of the frames above the constructor the first. */
function maker(): string {
  const { prepareStackTrace, stackTraceLimit } = Error
  Error.stackTraceLimit = 8
  Error.prepareStackTrace = (_, frames) => frames
  const frames = new Error().stack as unknown as readonly NodeJS.CallSite[]
  Error.prepareStackTrace = prepareStackTrace
  Error.stackTraceLimit = stackTraceLimit
  const files = frames.slice(3).map((frame) => frame.getScriptNameOrSourceURL() ?? '')
  const file = files.find((each) => !each.endsWith(MADE_OF_MAPS)) ?? ''
  return file.slice(file.lastIndexOf('/lib/') + 1)
}
