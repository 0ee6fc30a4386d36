'use client'

import {skipToken} from '@reduxjs/toolkit/query/react'
import {useState} from 'react'
import {usePreviewMutation, usePreviewTaskQuery} from '@/api/authoring'
import type {TaskRef} from '@/types'
import {Button} from '@/ui/parts/controls'
import {Section} from '@/ui/parts/layout'
import {Empty, ErrorBox, Loading} from '@/ui/parts/states'
import {namespaceOf} from './manifest'
import {PreviewAnswer} from './preview-answer'

const POLL_MS = 400

/** One page of the source through a worker: nothing is written. */
export function Preview({manifest, why}: {manifest: string; why: string | null}) {
  const [ask, asking] = usePreviewMutation()
  const [asked, setAsked] = useState<{task: TaskRef; manifest: string} | null>(null)
  const [ended, setEnded] = useState<string | null>(null)
  const task = asked?.task
  const answer = usePreviewTaskQuery(task ?? skipToken, {
    pollingInterval: task && ended !== task.task ? POLL_MS : 0,
  })
  const state = answer.currentData?.state
  if (task && ended !== task.task && (state === 'done' || state === 'failed' || answer.error)) setEnded(task.task)
  const working = asking.isLoading || (task !== undefined && ended !== task.task)
  const start = async () => {
    const told = await ask({namespace: namespaceOf(manifest), manifest})
    if (told.data) setAsked({task: told.data, manifest})
  }
  return (
    <Section
      title="Preview"
      note="of the first page, by a worker; nothing is written"
      aside={
        <Button look="primary" why={working ? 'A preview is on its way.' : why} onClick={() => void start()}>
          Preview
        </Button>
      }
    >
      <div aria-live="polite">
        {asking.error ? (
          <ErrorBox error={asking.error} />
        ) : answer.error && asked ? (
          <ErrorBox error={answer.error} />
        ) : working ? (
          <>
            <p className="mb-2 text-sm text-soft">{state === 'working' ? 'A worker asks the source …' : 'Waiting for a worker; the first one may take some seconds to start …'}</p>
            <Loading lines={5} />
          </>
        ) : answer.currentData?.state === 'failed' ? (
          <div role="alert" className="rounded-md border border-bad bg-card p-4 text-sm">
            <p className="font-semibold text-bad">The source could not be previewed</p>
            <p className="[overflow-wrap:anywhere]">{answer.currentData.error}</p>
          </div>
        ) : answer.currentData?.result ? (
          <>
            {asked && asked.manifest !== manifest ? (
              <p className="mb-2 text-sm text-warn">The YAML has changed since this preview.</p>
            ) : null}
            <PreviewAnswer result={answer.currentData.result} />
          </>
        ) : (
          <Empty>See what the source gives and how it is mapped, before anything runs.</Empty>
        )}
      </div>
    </Section>
  )
}
