/** Phone numbers as the server wants them. */
import { UsageError } from '../../core/errors.ts'

/** The digits of a phone number. */
export function digits(phone: string): string {
  const found = phone.replace(/[\s()+-]/g, '')
  // A phone number is personal: the message does not show what came.
  if (!/^\d{5,16}$/.test(found)) throw new UsageError('expected a phone number of 5 to 16 digits, got another form')
  return found
}
