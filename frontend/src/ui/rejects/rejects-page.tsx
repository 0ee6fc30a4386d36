'use client'

import Link from 'next/link'
import {to, useNamedImport} from '@/address'
import {useRejectsQuery} from '@/api/records'
import {count} from '@/format'
import {useList} from '@/list'
import type {RejectInfo, RejectPage} from '@/types'
import {ImportHead} from '@/ui/import/import-head'
import {Code} from '@/ui/parts/code'
import {readable} from '@/ui/parts/json'
import {Section} from '@/ui/parts/layout'
import {List} from '@/ui/parts/list'
import {Answer, Empty} from '@/ui/parts/states'
import {Time} from '@/ui/parts/time'
import {Replay} from './replay'

const SIZE = 20

/** The records in quarantine: grouped by reason, with what the source sent, to replay or to download. */
export function RejectsPage() {
  const ref = useNamedImport()
  const {values, choose, cursor, turning} = useList(['reason', 'run'], SIZE)
  const {reason, run} = values
  const rejects = useRejectsQuery({...ref, reason, run, limit: SIZE, cursor})
  return (
    <>
      <ImportHead reference={ref} part="rejects" />
      <Answer query={rejects} lines={8}>
        {(page) =>
          page.groups.length === 0 && page.items.length === 0 ? (
            <div className="mt-8">
              <Empty>Nothing is in quarantine: every record became a posting.</Empty>
            </div>
          ) : (
            <>
              <Groups page={page} reason={reason} choose={(next) => choose({reason: next})} />
              <Section
                title={reason ? `Rejects: ${reason}` : 'All rejects'}
                note={run ? 'of one run' : undefined}
                aside={
                  <>
                    {run ? (
                      <Link href={to.rejects(ref, {reason})} className="text-accent hover:underline">
                        Of all runs
                      </Link>
                    ) : null}
                    <Replay reference={ref} reason={reason} run={run} />
                  </>
                }
              >
                <List query={{data: page, refetch: rejects.refetch}} turning={turning} noun="rejects" empty="No reject fits.">
                  {({items}) => (
                    <ul className="divide-y divide-line text-sm">
                      {items.map((reject) => (
                        <Reject key={reject.id} reject={reject} />
                      ))}
                    </ul>
                  )}
                </List>
              </Section>
            </>
          )
        }
      </Answer>
    </>
  )
}

/** How many there are for which reason; a press shows only those. */
function Groups({page, reason, choose}: {page: RejectPage; reason: string; choose: (reason: string) => void}) {
  const all = page.groups.reduce((sum, group) => sum + group.count, 0)
  const most = Math.max(1, ...page.groups.map((group) => group.count))
  return (
    <Section title="By reason" note={`${count(all)} in quarantine`}>
      <ul className="text-sm">
        {page.groups.map((group) => (
          <li key={group.reason}>
            <button
              type="button"
              aria-pressed={group.reason === reason}
              onClick={() => choose(group.reason === reason ? '' : group.reason)}
              className="grid w-full grid-cols-[minmax(0,1fr)_4rem] items-center gap-x-4 rounded-md px-2 py-1.5 text-left hover:bg-well aria-pressed:bg-well aria-pressed:font-medium sm:grid-cols-[16rem_minmax(0,1fr)_4rem]"
            >
              <span className="[overflow-wrap:anywhere]">{group.reason}</span>
              <span aria-hidden className="h-2 max-sm:hidden">
                <span className="block h-full rounded-full bg-warn/70" style={{width: `${(group.count / most) * 100}%`}} />
              </span>
              <span className="text-right">{count(group.count)}</span>
            </button>
          </li>
        ))}
      </ul>
    </Section>
  )
}

function Reject({reject}: {reject: RejectInfo}) {
  return (
    <li className="py-2.5 first:pt-0">
      <details>
        <summary className="folding flex flex-wrap items-baseline gap-x-3 gap-y-0.5">
          <span className="font-medium [overflow-wrap:anywhere]">{reject.externalId ?? 'Without an id'}</span>
          <span className="[overflow-wrap:anywhere] text-warn">{reject.message}</span>
          <span className="ml-auto text-soft">
            <Time iso={reject.at} />
          </span>
        </summary>
        <div className="mt-2">
          <Code label={`Raw record ${reject.externalId ?? ''}`} text={readable(reject.raw)} />
        </div>
      </details>
    </li>
  )
}
