'use client'

import Link from 'next/link'
import {useState} from 'react'
import {to, useAddress} from '@/address'
import type {ImportRef} from '@/api/base'
import {useWhyQuery} from '@/api/records'
import {Badge} from '@/ui/parts/badge'
import {Button, fieldClass} from '@/ui/parts/controls'
import {Code} from '@/ui/parts/code'
import {readable} from '@/ui/parts/json'
import {Answer} from '@/ui/parts/states'

const words: Record<string, string> = {NeverSeen: 'Never seen'}

/** "Why is this job (not) here": paste an address or an id. */
export function Why({reference}: {reference: ImportRef}) {
  const {get, set} = useAddress()
  const asked = get('why')
  const [text, setText] = useState(asked)
  return (
    <section aria-label="Why is a job here, or not" className="mt-6 rounded-md bg-well px-4 py-4">
      <form
        className="flex items-end gap-2"
        onSubmit={(event) => {
          event.preventDefault()
          set({why: text.trim()})
        }}
      >
        <div className="min-w-0 grow">
          <label htmlFor="why" className="font-serif text-base font-semibold">
            Why is this job here, or not?
          </label>
          <input
            id="why"
            value={text}
            maxLength={1000}
            onChange={(event) => setText(event.target.value)}
            placeholder="Paste its address or id"
            className={`mt-1.5 ${fieldClass}`}
          />
        </div>
        <Button type="submit" look="primary" why={text.trim() ? null : 'Paste an address or an id first.'}>
          Ask
        </Button>
      </form>
      {asked ? <Reply reference={reference} q={asked} /> : null}
    </section>
  )
}

function Reply({reference, q}: {reference: ImportRef; q: string}) {
  const why = useWhyQuery({...reference, q})
  return (
    <div aria-live="polite" className="mt-4 border-t border-line pt-3 text-sm">
      <Answer query={why} lines={1}>
        {({answer, sentence, record, reject}) => (
          <>
            <p className="flex flex-wrap items-baseline gap-x-3">
              <Badge text={answer} as={words[answer]} />
              <span className="max-w-prose [overflow-wrap:anywhere]">{sentence}</span>
            </p>
            {record ? (
              <Link href={to.records(reference, {id: record.externalId})} className="mt-2 inline-block font-medium text-accent hover:underline">
                {record.title ?? record.externalId}: its history
              </Link>
            ) : null}
            {reject ? (
              <details className="mt-2">
                <summary className="w-fit text-accent hover:underline">What the source sent</summary>
                <div className="mt-2">
                  <Code label="Raw record" text={readable(reject.raw)} />
                </div>
              </details>
            ) : null}
          </>
        )}
      </Answer>
    </div>
  )
}
