import Link from 'next/link'
import type {ReactNode} from 'react'

/** A part of a page: a head on a rule, and what belongs to it. */
export function Section({
  title,
  aside,
  note,
  id,
  children,
}: {
  title: string
  aside?: ReactNode
  note?: string
  id?: string
  children: ReactNode
}) {
  return (
    <section className="mt-9 scroll-mt-16" id={id} aria-label={title}>
      <div className="flex min-h-9 flex-wrap items-end justify-between gap-x-6 gap-y-2 border-b border-rule pb-1.5">
        <div className="flex flex-wrap items-end gap-x-3">
          <h2 className="font-serif text-lg leading-tight font-semibold [overflow-wrap:anywhere]">{title}</h2>
          {note ? <p className="text-sm text-soft">{note}</p> : null}
        </div>
        {aside ? <div className="flex flex-wrap items-center gap-2 text-sm">{aside}</div> : null}
      </div>
      <div className="pt-3">{children}</div>
    </section>
  )
}

export function Breadcrumb({parts}: {parts: {text: string; href?: string}[]}) {
  return (
    <nav aria-label="Breadcrumb" className="text-sm text-soft">
      <ol className="flex flex-wrap gap-x-1.5">
        {parts.map(({text, href}, index) => (
          <li key={index} className="flex gap-x-1.5 break-all">
            {index > 0 ? <span aria-hidden>/</span> : null}
            {href ? (
              <Link href={href} className="hover:text-accent hover:underline">
                {text}
              </Link>
            ) : (
              text
            )}
          </li>
        ))}
      </ol>
    </nav>
  )
}

/** The head of a page. */
export function Title({children, badge, actions}: {children: ReactNode; badge?: ReactNode; actions?: ReactNode}) {
  return (
    <div className="mt-1 flex flex-wrap items-center gap-x-4 gap-y-3">
      <h1 className="font-serif text-2xl leading-tight font-semibold [overflow-wrap:anywhere] sm:text-3xl">{children}</h1>
      {badge}
      {actions ? <div className="flex flex-wrap items-center gap-2 sm:ml-auto">{actions}</div> : null}
    </div>
  )
}

export interface Figure {
  name: string
  value: ReactNode
  note?: ReactNode
  colour?: string
}

/** Numbers with their names, in one row where there is room. */
export function Figures({values}: {values: Figure[]}) {
  return (
    <dl className="grid grid-cols-2 gap-x-6 gap-y-4 sm:flex sm:flex-wrap sm:gap-x-10">
      {values.map(({name, value, note, colour}) => (
        <div key={name} className="min-w-0">
          <dt className="text-sm text-soft">{name}</dt>
          <dd className={`font-serif text-xl font-semibold [overflow-wrap:anywhere] ${colour ?? ''}`}>{value}</dd>
          {note ? <dd className="text-xs text-soft">{note}</dd> : null}
        </div>
      ))}
    </dl>
  )
}
