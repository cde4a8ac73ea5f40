/**
 * Introduces a session to the server: until its first answer, every request goes inside
 * `invokeWithLayer(initConnection(...))`.
 * https://core.telegram.org/api/invoking#saving-client-info
 */
import { tap, throwError } from 'rxjs'
import { initConnectionRequest, invokeWithLayerRequest } from '#api/root'
import { LAYER } from '../../api/layer.ts'
import { RpcError } from '../../core/errors.ts'
import type { Interceptor, Request } from '../../core/invoker.ts'
import { rescued } from '../rx/rescued.ts'

/** What an application says of itself and of its device. */
export interface Device {
  readonly model: string
  readonly system: string
  readonly appVersion: string
  /** Two letters, as all language codes here. */
  readonly systemLanguage: string
  readonly language: string
}

/** The introduction of one session. */
export interface Init {
  readonly interceptor: Interceptor
  /** Introduces itself again: the server made a new session, or the key is another. */
  again(): void
}

/** The server's ways to say that it does not know who is talking. */
const NOT_INTRODUCED = new Set(['CONNECTION_NOT_INITED', 'CONNECTION_LAYER_INVALID', 'INPUT_LAYER_INVALID'])

/**
 * Makes the introduction of one session. A request that fails for the want of one is repeated inside it, once.
 *
 *     requests:    a-----b-----c
 *     sent:       (a)---(b)----c      (x): inside invokeWithLayer(initConnection(...))
 *     answers:     --------a
 */
export function init({ apiId, device }: { readonly apiId: number; readonly device: Device }): Init {
  let introduced = false

  const wrap = <Result>(request: Request<Result>): Request<Result> => {
    const { write, params } = invokeWithLayerRequest({
      layer: LAYER,
      query: initConnectionRequest({
        apiId,
        deviceModel: device.model,
        systemVersion: device.system,
        appVersion: device.appVersion,
        systemLangCode: device.systemLanguage,
        langPack: '',
        langCode: device.language,
        query: request,
      }),
    })
    // The caller's method stays the name of the call, so that errors speak of what was asked.
    return { ...request, write: (_params, position) => write(params, position) }
  }

  return {
    again() {
      introduced = false
    },
    interceptor: (request, next) => {
      const first = introduced
        ? next.invoke(request)
        : next.invoke(wrap(request)).pipe(
            tap(() => {
              introduced = true
            }),
          )
      return first.pipe(
        rescued((error) => {
          if (!(error instanceof RpcError)) return throwError(() => error)
          introduced = !NOT_INTRODUCED.has(error.type)
          return introduced ? throwError(() => error) : next.invoke(wrap(request))
        }),
      )
    },
  }
}
