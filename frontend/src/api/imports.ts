import type {
  ImportDetail,
  ImportSummary,
  KubernetesEvent,
  Page,
  PageInfo,
  PoolInfo,
  RunDetail,
  RunEvents,
  RunSummary,
  Session,
} from '@/types'
import {api, given, pathOf, type ImportRef, type RunRef} from './base'

export interface ImportsFilter {
  namespace?: string
  search?: string
  state?: string
  verdict?: string
  mine?: boolean
  sort?: string
  limit?: number
  cursor?: string
}

export interface PagesFilter extends RunRef {
  state?: string
  cursor?: string
}

const runPath = (ref: RunRef) => `${pathOf(ref)}/runs/${encodeURIComponent(ref.run)}`

export type ActionId = 'runs' | 'cancel' | 'retry' | 'suspend' | 'resume' | 'approve-close'

const imports = api.injectEndpoints({
  endpoints: (build) => ({
    session: build.query<Session, undefined>({query: () => 'session'}),
    imports: build.query<Page<ImportSummary>, ImportsFilter>({
      query: (filter) => ({url: 'imports', params: given({limit: 50, ...filter})}),
      providesTags: ['Imports'],
    }),
    importDetail: build.query<ImportDetail, ImportRef>({query: pathOf, providesTags: ['Import']}),
    events: build.query<Page<KubernetesEvent>, ImportRef>({
      query: (ref) => `${pathOf(ref)}/events`,
      providesTags: ['Events'],
    }),
    runs: build.query<Page<RunSummary>, ImportRef>({
      query: (ref) => `${pathOf(ref)}/runs?limit=30`,
      providesTags: ['Run'],
    }),
    run: build.query<RunDetail, RunRef>({query: runPath, providesTags: ['Run']}),
    pages: build.query<Page<PageInfo>, PagesFilter>({
      query: ({state, cursor, ...ref}) => ({
        url: `${runPath(ref)}/pages`,
        params: given({limit: 25, state, cursor}),
      }),
      providesTags: ['Run', 'LivePages'],
    }),
    runEvents: build.query<RunEvents, RunRef & {after?: string}>({
      query: ({after, ...ref}) => ({url: `${runPath(ref)}/events`, params: given({after})}),
    }),
    pools: build.query<Page<PoolInfo>, undefined>({query: () => 'pools', providesTags: ['Pools']}),
    act: build.mutation<{token: string | null}, ImportRef & {action: ActionId; partition?: string}>({
      query: ({action, partition, ...ref}) => ({
        url: `${pathOf(ref)}/${action}`,
        method: 'POST',
        params: given({partition}),
      }),
      invalidatesTags: ['Imports', 'Import', 'Run', 'Events'],
    }),
  }),
})

export const {
  useSessionQuery,
  useImportsQuery,
  useImportDetailQuery,
  useEventsQuery,
  useRunsQuery,
  useRunQuery,
  usePagesQuery,
  useLazyRunEventsQuery,
  usePoolsQuery,
  useActMutation,
} = imports
export const {endpoints: importEndpoints} = imports
