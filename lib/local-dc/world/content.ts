/** What may be written: https://core.telegram.org/api/entities */
import { refuse } from '../refuse.ts'
import type { Content } from './box.ts'
import { limits } from './limits.ts'

/** Refuses a text that is empty or too long, and entities that reach out of it. */
export function checkContent({ text, entities }: Content): void {
  if (text.trim() === '') refuse(400, 'MESSAGE_EMPTY')
  if (text.length > limits.text) refuse(400, 'MESSAGE_TOO_LONG')
  if (entities === undefined) return
  if (entities.length > limits.entities) refuse(400, 'ENTITIES_TOO_LONG')
  for (const { offset, length } of entities)
    if (offset < 0 || length <= 0 || offset + length > text.length) refuse(400, 'ENTITY_BOUNDS_INVALID')
}

/** Whether an edit would change nothing. */
export function sameContent(a: Content, b: Content): boolean {
  return written(a) === written(b)
}

/** Content as text, with keys in one order and longs written out. */
function written(content: Content): string {
  const { text, entities = [], markup } = content
  return JSON.stringify([text, entities, markup ?? null], (_key, value: unknown) => {
    if (typeof value === 'bigint') return `${value}n`
    if (value === null || typeof value !== 'object' || Array.isArray(value)) return value
    return Object.fromEntries(
      Object.entries(value)
        .filter(([, field]) => field !== undefined && field !== false)
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    )
  })
}
