import {createApi, fetchBaseQuery, type BaseQueryFn} from '@reduxjs/toolkit/query/react'
import type {FetchArgs, FetchBaseQueryError, FetchBaseQueryMeta} from '@reduxjs/toolkit/query/react'
import type {Problem} from '@/types'
import {everything, type Tag} from '@/live/reread'
import {endedBy, leadToLogin} from './session'
import {tokenOf} from './token'

export interface ImportRef {
  namespace: string
  name: string
}

export interface RunRef extends ImportRef {
  run: string
}

export const pathOf = ({namespace, name}: ImportRef) =>
  `imports/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}`

/** Says what an answer about one import is about, so that only what changes of that one is read anew. */
export const about =
  (...types: Tag['type'][]) =>
  (_answer: unknown, _error: unknown, {namespace, name}: ImportRef) =>
    types.map((type) => ({type, id: `${namespace}/${name}`}))

/** Leaves out what is not set, so that addresses stay short. */
export function given(params: Record<string, string | number | boolean | null | undefined>) {
  return Object.fromEntries(
    Object.entries(params).filter(([, value]) => value !== undefined && value !== null && value !== '' && value !== false),
  )
}

const rest = fetchBaseQuery({
  baseUrl: '/api/v1/',
  timeout: 20_000,
  prepareHeaders: (headers) => {
    const token = tokenOf()
    if (token) headers.set('Authorization', `Bearer ${token}`)
    return headers
  },
})

/** REST with the token; an answer 401 leads to the log-in page, which leads back. */
const query: BaseQueryFn<string | FetchArgs, unknown, FetchBaseQueryError, object, FetchBaseQueryMeta> = async (args, store, extra) => {
  const answer = await rest(args, store, extra)
  if (answer.error?.status === 401) leadToLogin(endedBy(answer.meta?.response?.headers.get('WWW-Authenticate')))
  return answer
}

export const api = createApi({
  reducerPath: 'api',
  baseQuery: query,
  tagTypes: everything,
  endpoints: () => ({}),
})

/** Whether it is not there, or not to be seen: what was shown of it before is not shown any more. */
export function isGone(error: unknown): boolean {
  const status = (error as {status?: number | string} | undefined)?.status
  return status === 403 || status === 404
}

/** What went wrong, as the gateway says it, or in our own words where it said nothing. */
export function problemOf(error: unknown): Problem {
  const answer = error as {status?: number | string; data?: Partial<Problem>} | undefined
  if (answer?.data?.detail) {
    return {
      title: answer.data.title ?? 'Error',
      status: answer.data.status ?? 0,
      detail: answer.data.detail,
    }
  }
  if (answer?.status === 'TIMEOUT_ERROR') {
    return {title: 'No answer yet', status: 0, detail: 'The gateway took longer than 20 seconds. Try again.'}
  }
  return {
    title: 'The gateway cannot be reached',
    status: 0,
    detail: 'It may be restarting. This page tries again by itself.',
  }
}

/** Whether an error passes by itself, as an outage does: the gateway away, or a store behind it. */
export function passes(error: unknown): boolean {
  const {status} = (error ?? {}) as {status?: number | string}
  return status === 'FETCH_ERROR' || status === 'TIMEOUT_ERROR' || status === 429 || (typeof status === 'number' && status >= 500)
}
