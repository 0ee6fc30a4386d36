import type {OneOff, Page, RecordDetail, RecordRow, RejectPage, ReplayResult, WhyAnswer} from '@/types'
import {about, api, given, pathOf, type ImportRef} from './base'
import {tokenOf} from './token'

export interface RecordsFilter extends ImportRef {
  search?: string
  state?: string
  partition?: string
  run?: string
  changed?: string
  sort?: string
  limit?: number
  cursor?: string
}

export interface RejectsFilter extends ImportRef {
  run?: string
  reason?: string
  limit?: number
  cursor?: string
}

const records = api.injectEndpoints({
  endpoints: (build) => ({
    records: build.query<Page<RecordRow>, RecordsFilter>({
      query: ({namespace, name, ...filter}) => ({
        url: `${pathOf({namespace, name})}/records`,
        params: given({limit: 25, ...filter}),
      }),
      providesTags: about('Records'),
    }),
    record: build.query<RecordDetail, ImportRef & {id: string}>({
      query: ({id, ...ref}) => ({url: `${pathOf(ref)}/record`, params: {id}}),
      providesTags: about('Records'),
    }),
    why: build.query<WhyAnswer, ImportRef & {q: string}>({
      query: ({q, ...ref}) => ({url: `${pathOf(ref)}/why`, params: {q}}),
      providesTags: about('Records', 'Rejects'),
    }),
    rejects: build.query<RejectPage, RejectsFilter>({
      query: ({namespace, name, ...filter}) => ({
        url: `${pathOf({namespace, name})}/rejects`,
        params: given({limit: 20, ...filter}),
      }),
      providesTags: about('Rejects'),
    }),
    replay: build.mutation<{task: string}, ImportRef & {reason?: string; run?: string}>({
      query: ({reason, run, ...ref}) => ({
        url: `${pathOf(ref)}/rejects/replay`,
        method: 'POST',
        body: given({reason, run}),
      }),
    }),
    task: build.query<OneOff<ReplayResult>, ImportRef & {task: string}>({
      query: ({task, ...ref}) => `${pathOf(ref)}/tasks/${encodeURIComponent(task)}`,
    }),
  }),
})

export const {
  useRecordsQuery,
  useRecordQuery,
  useWhyQuery,
  useRejectsQuery,
  useReplayMutation,
} = records
export const {endpoints: recordEndpoints} = records

/** Save an import's rejects as JSON lines. A link could not carry the token. */
export async function downloadRejects(ref: ImportRef, reason?: string): Promise<void> {
  const params = new URLSearchParams(given({reason}) as Record<string, string>)
  const token = tokenOf()
  const answer = await fetch(`/api/v1/${pathOf(ref)}/rejects/download?${params}`, {
    headers: token ? {Authorization: `Bearer ${token}`} : {},
  })
  if (!answer.ok) throw {status: answer.status, data: await answer.json().catch(() => undefined)}
  saveAs(await answer.blob(), `${ref.namespace}-${ref.name}-rejects.ndjson`)
}

/** Hand a file to the browser's downloads. */
export function saveAs(content: Blob, name: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(content)
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 1000)
}
