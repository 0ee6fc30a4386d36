'use client'

import Link from 'next/link'
import {to} from '@/address'
import {count} from '@/format'
import type {ImportSummary} from '@/types'
import {Badge} from '@/ui/parts/badge'
import {ProgressBar} from '@/ui/parts/progress'
import {Sparkline} from '@/ui/parts/sparkline'
import {Time} from '@/ui/parts/time'
import {badgeOf, healthOf, scheduleOf} from '@/ui/state'

/** The list: a table where there is room, else one block for each import. */
export function ImportRows({imports}: {imports: ImportSummary[]}) {
  return (
    <table className="w-full text-sm max-md:block">
      <thead className="max-md:sr-only">
        <tr className="border-b border-rule text-left text-soft">
          <th scope="col" className="py-1.5 pr-4">Import</th>
          <th scope="col" className="w-32 pr-4">Verdict</th>
          <th scope="col" className="w-48 pr-4 text-right">Open postings</th>
          <th scope="col" className="w-28 pr-4 text-right">Last success</th>
          <th scope="col" className="w-28 text-right">Next run</th>
        </tr>
      </thead>
      <tbody className="divide-y divide-line max-md:block">
        {imports.map((imp) => (
          <Row key={`${imp.namespace}/${imp.name}`} imp={imp} />
        ))}
      </tbody>
    </table>
  )
}

function Row({imp}: {imp: ImportSummary}) {
  return (
    <tr data-import={imp.name} className="max-md:grid max-md:grid-cols-2 max-md:gap-x-4 max-md:gap-y-1.5 max-md:py-3.5">
      <td className="py-3 pr-4 align-top max-md:order-1 max-md:col-span-2 max-md:p-0">
        <Link href={to.import(imp)} className="text-base font-semibold [overflow-wrap:anywhere] hover:text-accent hover:underline">
          {imp.name}
        </Link>
        <span className="ml-2 text-soft">{imp.namespace}</span>
        <p className="mt-0.5 line-clamp-2 max-w-prose text-soft" title={healthOf(imp)}>
          {healthOf(imp)}
        </p>
      </td>
      <td className="py-3 pr-4 align-top max-md:order-2 max-md:p-0">
        <Badge text={badgeOf(imp)} />
      </td>
      {imp.currentRun ? (
        <td colSpan={3} className="h-16 py-3.5 align-top max-md:order-3 max-md:col-span-2 max-md:h-auto max-md:p-0">
          <ProgressBar progress={imp.currentRun.progress} />
        </td>
      ) : (
        <>
          <td className="h-16 py-3 pr-4 align-top max-md:order-3 max-md:h-auto max-md:p-0">
            <span className="flex items-center justify-end gap-3">
              <Sparkline values={imp.trend ?? []} />
              <span className="min-w-14 text-right text-base font-medium">
                {count(imp.openPostings)}
                <span className="sr-only"> open postings</span>
              </span>
            </span>
          </td>
          <td className="py-3 pr-4 text-right align-top max-md:order-4 max-md:p-0 max-md:text-left">
            <span className="text-soft md:sr-only">Last success </span>
            <Time iso={imp.freshAt} />
          </td>
          <td className="py-3 text-right align-top max-md:order-5 max-md:p-0" title={scheduleOf(imp)}>
            <span className="text-soft md:sr-only">Next run </span>
            <Time iso={imp.nextRunTime} />
          </td>
        </>
      )}
    </tr>
  )
}
