import {count, percent} from '@/format'
import type {Coverage, FieldCoverage} from '@/types'
import {Section} from '@/ui/parts/layout'
import {Empty} from '@/ui/parts/states'
import {Cell, Table} from '@/ui/parts/table'

const columns = [
  {head: 'Field'},
  {head: 'Filled'},
  {head: '%', number: true},
  {head: 'Before', number: true},
  {head: 'Errors', number: true},
]

const shareOf = (field: FieldCoverage | undefined) => (field ? percent(field.filled, field.mapped) : null)

/** How many postings have each field, against the run before: a mapping that broke is seen at once. */
export function CoverageTable({coverage}: {coverage: Coverage | null}) {
  const fields = Object.entries(coverage?.fields ?? {})
  return (
    <Section title="Coverage" note="of each field, against the run before">
      {fields.length === 0 ? (
        <Empty>No run has mapped a posting yet, so there is nothing to measure.</Empty>
      ) : (
        <Table label="Coverage of fields" columns={columns}>
          {fields.map(([name, field]) => (
            <Row key={name} name={name} field={field} before={shareOf(coverage?.previous?.[name])} />
          ))}
        </Table>
      )}
    </Section>
  )
}

function Row({name, field, before}: {name: string; field: FieldCoverage; before: number | null}) {
  const now = shareOf(field)
  const fell = now !== null && before !== null && now < before
  return (
    <tr>
      <Cell className="font-medium">{name}</Cell>
      <Cell className="w-1/2">
        <span aria-hidden className="mt-1.5 block h-2 overflow-hidden rounded-full bg-line">
          <span className={`block h-full rounded-full ${fell ? 'bg-warn' : 'bg-accent/70'}`} style={{width: `${now ?? 0}%`}} />
        </span>
      </Cell>
      <Cell number className={fell ? 'font-medium text-warn' : ''}>
        {now === null ? '–' : `${now} %`}
      </Cell>
      <Cell number className="text-soft">
        {before === null ? '–' : `${before} %`}
      </Cell>
      <Cell number className={field.errors ? 'text-bad' : 'text-soft'}>
        {count(field.errors)}
      </Cell>
    </tr>
  )
}
