import {count, duration, inline, percent, some} from '@/format'
import type {PreviewResult} from '@/types'
import {Code} from '@/ui/parts/code'
import {readable} from '@/ui/parts/json'
import {Cell, Table} from '@/ui/parts/table'

const shown = ['externalId', 'title', 'company', 'locations', 'datePosted', 'url']

/** What a preview found: the answer, warnings, how each field is filled, and the postings. */
export function PreviewAnswer({result}: {result: PreviewResult}) {
  const total = result.advertisedTotal === null ? 'total not said' : `${count(result.advertisedTotal)} advertised`
  return (
    <div className="space-y-5 text-sm">
      <p className="[overflow-wrap:anywhere]">
        <span className="font-medium">{result.status ?? 'No status'}</span> {result.contentType || 'no content type'} in {duration(result.seconds)}:{' '}
        {some(result.records, 'record')} on this page, {total}; {result.nextPage ? `the next page is ${result.nextPage}` : 'this is the only page'}.{' '}
        <span className="text-soft">{result.url}</span>
      </p>
      {result.warnings.length > 0 ? (
        <ul aria-label="Warnings" className="list-disc space-y-1 pl-5 text-warn">
          {result.warnings.map((warning) => (
            <li key={warning} className="[overflow-wrap:anywhere]">
              {warning}
            </li>
          ))}
        </ul>
      ) : null}
      <Filled result={result} />
      <Postings postings={result.postings} />
      {result.rejects.length > 0 ? (
        <div>
          <h3 className="font-medium">{some(result.rejects.length, 'reject')}</h3>
          {result.rejects.map((reject, index) => (
            <details key={index} className="py-1">
              <summary className="[overflow-wrap:anywhere]">
                {reject.externalId ?? 'Without an id'} <span className="text-warn">{reject.message}</span>
              </summary>
              <Code label="Raw record" text={readable(reject.raw)} />
            </details>
          ))}
        </div>
      ) : null}
    </div>
  )
}

/** Fields as a row of names with their share, the badly filled ones in colour. */
function Filled({result}: {result: PreviewResult}) {
  const mapped = result.postings.length + result.rejects.length
  return (
    <div>
      <h3 className="font-medium">How the fields are filled</h3>
      <dl className="mt-1 grid gap-x-6 gap-y-0.5 sm:grid-cols-2 lg:grid-cols-3">
        {Object.entries(result.coverage).map(([name, field]) => {
          const share = percent(field.filled, mapped || result.records)
          return (
            <div key={name} className="flex gap-2 border-b border-line py-0.5">
              <dt className="grow text-soft">{name}</dt>
              <dd className={field.errors > 0 ? 'text-bad' : share === 0 ? 'text-warn' : ''}>
                {share === null ? '–' : `${Math.min(100, share)} %`}
                {field.errors > 0 ? `, ${some(field.errors, 'error')}` : ''}
              </dd>
            </div>
          )
        })}
      </dl>
    </div>
  )
}

function Postings({postings}: {postings: Record<string, unknown>[]}) {
  if (postings.length === 0) return <p className="text-warn">No record became a posting.</p>
  const columns = shown.filter((name) => postings.some((posting) => posting[name] !== null && posting[name] !== undefined))
  return (
    <Table label="Postings of the preview" columns={columns.map((head) => ({head}))}>
      {postings.map((posting, index) => (
        <tr key={index}>
          {columns.map((name) => (
            <Cell key={name} className="max-w-72">
              <span className="line-clamp-2 [overflow-wrap:anywhere]">{inline(posting[name])}</span>
            </Cell>
          ))}
        </tr>
      ))}
    </Table>
  )
}
