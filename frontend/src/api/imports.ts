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
import {about, api, given, pathOf, type ImportRef, type RunRef} from './base'

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

/** What is asked of the operator about an import, as the addresses of REST name it. */
export type RequestId = 'runs' | 'cancel' | 'retry' | 'suspend' | 'resume' | 'approve-close'

const imports = api.injectEndpoints({
  endpoints: (build) => ({
    session: build.query<Session, undefined>({query: () => 'session'}),
    imports: build.query<Page<ImportSummary>, ImportsFilter>({
      query: (filter) => ({url: 'imports', params: given({limit: 50, ...filter})}),
      providesTags: ['Imports'],
    }),
    importDetail: build.query<ImportDetail, ImportRef>({query: pathOf, providesTags: about('Import')}),
    events: build.query<Page<KubernetesEvent>, ImportRef>({
      query: (ref) => `${pathOf(ref)}/events`,
      providesTags: about('Events'),
    }),
    runs: build.query<Page<RunSummary>, ImportRef>({
      query: (ref) => `${pathOf(ref)}/runs?limit=30`,
      providesTags: about('Run'),
    }),
    run: build.query<RunDetail, RunRef>({query: runPath, providesTags: about('Run')}),
    pages: build.query<Page<PageInfo>, PagesFilter>({
      query: ({state, cursor, ...ref}) => ({
        url: `${runPath(ref)}/pages`,
        params: given({limit: 25, state, cursor}),
      }),
      providesTags: about('Run', 'LivePages'),
    }),
    runEvents: build.query<RunEvents, RunRef & {after?: string}>({
      query: ({after, ...ref}) => ({url: `${runPath(ref)}/events`, params: given({after})}),
    }),
    pools: build.query<Page<PoolInfo>, undefined>({query: () => 'pools', providesTags: ['Pools']}),
    act: build.mutation<{token: string | null}, ImportRef & {action: RequestId; partition?: string}>({
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
