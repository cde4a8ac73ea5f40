/** A resource that is open while anybody uses it, at the price of no observer for each use. */
import { type Observable, type Subscriber, Subscription } from 'rxjs'
import { cold } from './cold.ts'

export interface Held<Resource> {
  /**
   * Starts: opens the resource on subscribe, or joins those who have it open, and then what `project` makes of it.
   * Emits: as that.
   * Errors: as that, and as opening.
   * Unsubscribe: leaves it; the last to do so lets go of the resource.
   *
   *     resource:   ^--R------!          subscribed once
   *     first:      ^-----a|
   *     second:       ^-----b|
   */
  use<Value>(project: (resource: Resource) => Observable<Value>): Observable<Value>
}

/**
 * Shares one subscription to `source`, which emits a resource once and stays. After its end the next use opens it anew.
 */
export function held<Resource>(source: Observable<Resource>): Held<Resource> {
  const users = new Set<Subscriber<never>>()
  /** Those who came before it was open, and what they are going to do with it. */
  let waiting = new Map<Subscriber<never>, (resource: Resource) => void>()
  let run: Subscription | undefined
  let opened: { readonly resource: Resource } | undefined

  const closed = (): void => {
    run = undefined
    opened = undefined
    waiting = new Map()
  }
  const open = (): void => {
    run = new Subscription()
    run.add(
      source.subscribe({
        next: (resource) => {
          opened = { resource }
          const all = waiting
          waiting = new Map()
          for (const [user, begin] of all) if (!user.closed) begin(resource)
        },
        error: (error: unknown) => {
          closed()
          // Not those who come again at once.
          const left = [...users]
          for (const user of left) user.error(error)
        },
        complete: () => {
          const left = waiting
          closed()
          for (const user of left.keys()) user.complete()
        },
      }),
    )
  }
  const leave = (user: Subscriber<never>): void => {
    users.delete(user)
    waiting.delete(user)
    if (users.size > 0 || run === undefined) return
    const last = run
    closed()
    last.unsubscribe()
  }

  return {
    use: (project) =>
      cold((subscriber) => {
        const user = subscriber as Subscriber<never>
        users.add(user)
        subscriber.add(() => leave(user))
        if (opened !== undefined) {
          project(opened.resource).subscribe(subscriber)
          return
        }
        waiting.set(user, (resource) => void project(resource).subscribe(subscriber))
        if (run === undefined) open()
      }),
  }
}
