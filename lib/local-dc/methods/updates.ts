/** Catching up: https://core.telegram.org/api/updates#recovering-gaps */
import { type Handlers, me } from '../context.ts'
import { differenceFor, stateFor } from '../objects/difference.ts'
import { refuse } from '../refuse.ts'

export const updates: Handlers = {
  'updates.getState': (_params, context) => stateFor(me(context).box, context.now),

  'updates.getDifference': ({ pts, ptsLimit, ptsTotalLimit, date }, context) => {
    if (date <= 0) refuse(400, 'DATE_EMPTY')
    return differenceFor(context.world, me(context), { pts, ptsLimit, ptsTotalLimit }, context.now)
  },
}
