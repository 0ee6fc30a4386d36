import type {ReactNode} from 'react'

export interface Column {
  head: string
  /** Numbers stand on the right. */
  number?: boolean
  /** Left out where there is little room. */
  wide?: boolean
  className?: string
}

/** A table that scrolls by itself where it is too wide, by keyboard too. */
export function Table({label, columns, children}: {label: string; columns: Column[]; children: ReactNode}) {
  return (
    <div className="relative -mx-4 overflow-x-auto px-4 sm:mx-0 sm:px-0" role="group" aria-label={label} tabIndex={0}>
      <table className="w-full text-sm">
        <thead>
          <tr className="border-b border-line text-left text-soft">
            {columns.map(({head, number, wide, className}) => (
              <th
                key={head}
                scope="col"
                className={`py-1.5 pr-4 align-bottom whitespace-nowrap last:pr-0 ${number ? 'text-right' : ''} ${wide ? 'max-md:hidden' : ''} ${className ?? ''}`}
              >
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody className="divide-y divide-line">{children}</tbody>
      </table>
    </div>
  )
}

export function Cell({
  number,
  wide,
  className = '',
  title,
  children,
}: {
  number?: boolean
  wide?: boolean
  className?: string
  title?: string
  children: ReactNode
}) {
  return (
    <td
      title={title}
      className={`py-2 pr-4 align-top last:pr-0 ${number ? 'text-right whitespace-nowrap' : ''} ${wide ? 'max-md:hidden' : ''} ${className}`}
    >
      {children}
    </td>
  )
}
