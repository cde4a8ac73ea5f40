import { rm } from 'node:fs/promises'

/** Removes a folder and what is in it, also where something that was left or killed writes there for a moment more. */
export function removeFolder(folder: string): Promise<void> {
  return rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 20 })
}
