import type {Applied, OneOff, Page, Preset, PreviewResult, TaskRef, Validation} from '@/types'
import {api} from './base'

const authoring = api.injectEndpoints({
  endpoints: (build) => ({
    presets: build.query<Page<Preset>, undefined>({query: () => 'presets'}),
    validate: build.query<Validation, string>({
      query: (manifest) => ({url: 'validate', method: 'POST', body: {manifest}}),
      keepUnusedDataFor: 5,
    }),
    preview: build.mutation<TaskRef, {namespace: string; manifest: string}>({
      query: (body) => ({url: 'preview', method: 'POST', body}),
    }),
    previewTask: build.query<OneOff<PreviewResult>, TaskRef>({
      query: ({namespace, pool, task}) =>
        `namespaces/${encodeURIComponent(namespace)}/pools/${encodeURIComponent(pool)}/tasks/${encodeURIComponent(task)}`,
      keepUnusedDataFor: 5,
    }),
    apply: build.mutation<Applied, {manifest: string; dryRun: boolean}>({
      query: (body) => ({url: 'apply', method: 'POST', body}),
      invalidatesTags: (_result, _error, {dryRun}) => (dryRun ? [] : ['Imports', 'Import']),
    }),
  }),
})

export const {
  usePresetsQuery,
  useValidateQuery,
  usePreviewMutation,
  usePreviewTaskQuery,
  useApplyMutation,
} = authoring
