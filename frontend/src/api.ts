import {createApi, fetchBaseQuery} from '@reduxjs/toolkit/query/react'
import type {
  ImportDetail,
  ImportSummary,
  Page,
  PageInfo,
  PoolInfo,
  Problem,
  RejectPage,
  RunDetail,
  RunSummary,
} from './types'

export interface ImportRef {
  namespace: string
  name: string
}

export interface RunRef extends ImportRef {
  run: string
}

const pathOf = ({namespace, name}: ImportRef) =>
  `imports/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}`

export const api = createApi({
  reducerPath: 'api',
  baseQuery: fetchBaseQuery({baseUrl: '/api/v1/'}),
  tagTypes: ['Import', 'Run', 'LivePages'],
  endpoints: (build) => ({
    imports: build.query<Page<ImportSummary>, undefined>({query: () => 'imports?limit=500'}),
    importDetail: build.query<ImportDetail, ImportRef>({query: pathOf, providesTags: ['Import']}),
    runs: build.query<Page<RunSummary>, ImportRef>({
      query: (ref) => `${pathOf(ref)}/runs?limit=30`,
      providesTags: ['Run'],
    }),
    run: build.query<RunDetail, RunRef>({
      query: (ref) => `${pathOf(ref)}/runs/${encodeURIComponent(ref.run)}`,
      providesTags: ['Run'],
    }),
    pages: build.query<Page<PageInfo>, RunRef & {state?: string; cursor?: string}>({
      query: ({state, cursor, ...ref}) => ({
        url: `${pathOf(ref)}/runs/${encodeURIComponent(ref.run)}/pages`,
        params: {limit: 25, ...(state ? {state} : {}), ...(cursor ? {cursor} : {})},
      }),
      providesTags: ['Run', 'LivePages'],
    }),
    rejects: build.query<RejectPage, ImportRef & {run?: string; reason?: string}>({
      query: ({run, reason, ...ref}) => ({
        url: `${pathOf(ref)}/rejects`,
        params: {limit: 20, ...(run ? {run} : {}), ...(reason ? {reason} : {})},
      }),
      providesTags: ['Run'],
    }),
    pools: build.query<Page<PoolInfo>, undefined>({query: () => 'pools'}),
    act: build.mutation<{token: string}, ImportRef & {action: 'runs' | 'cancel' | 'retry'}>({
      query: ({action, ...ref}) => ({url: `${pathOf(ref)}/${action}`, method: 'POST'}),
      invalidatesTags: ['Import', 'Run'],
    }),
  }),
})

export const {
  useImportDetailQuery,
  useRunsQuery,
  useRunQuery,
  usePagesQuery,
  useRejectsQuery,
  usePoolsQuery,
  useActMutation,
} = api

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
  return {
    title: 'The gateway cannot be reached',
    status: 0,
    detail: 'It may be restarting. This page tries again by itself.',
  }
}
