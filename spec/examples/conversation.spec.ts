import { expect } from 'chai'
import { defer, NEVER, of, tap } from 'rxjs'
import { conversation } from '../../examples/conversation.ts'
import { echo } from '../../examples/echo-bot.ts'
import type { LocalDcOptions } from '../../lib/local-dc/options.ts'
import { ANN, beside, bot, check, failing, flow, type Stage, steps } from '../telegram/flow.ts'

/** The conversation of Ann and the bot, told line by line. */
function talk({ client }: Stage, lines: string[], botIsIn = true) {
  const parties = { botIsIn$: botIsIn ? of(true) : NEVER, bot: 'echo_bot', ann$: defer(() => of(client())), phone: ANN }
  return conversation(parties, (line) => lines.push(line.trim()))
}

describe('examples/conversation', () => {
  it(
    'emits once when all was said and answered',
    flow((stage) => {
      const lines: string[] = []
      const seen = beside(stage.dc.events$)
      beside(echo(stage.client(), stage.dc.bots[0]!.token))
      const values: unknown[] = []
      return steps(
        stage.clock.after(1_000),
        check(() => expect(seen.values.some(({ event }) => event === 'signedIn')).to.equal(true)),
        talk(stage, lines).pipe(tap((value) => values.push(value))),
        check(() => {
          expect(values).to.deep.equal([true])
          expect(lines).to.have.length(7)
          expect(lines.at(-1)).to.equal('echo_bot: Good bye 👋')
        }),
      )
    }),
  )

  const lost: readonly (readonly [awaited: string, botIsIn: boolean, options: LocalDcOptions])[] = [
    ['@echo_bot to sign in', false, {}],
    ['Ann to sign in', true, { methods: { 'auth.sendCode': () => NEVER } }],
    ['the answer to "Hello!"', true, {}],
  ]
  for (const [awaited, botIsIn, options] of lost)
    it(
      `errors after 15 seconds without ${awaited}`,
      flow((stage) => {
        const begin = stage.clock.elapsed()
        return steps(
          bot(stage.client(), stage.dc),
          failing(talk(stage, [], botIsIn), new RegExp(`^The conversation took 15 s: waited for ${awaited}\\.$`)),
          check(() => expect(stage.clock.elapsed() - begin).to.be.within(15_000, 15_500)),
        )
      }, options),
    )
})
