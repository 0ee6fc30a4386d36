/** Every page of the dashboard, for what holds of each: no axe violation, and a screenshot. */
export interface Place {
  name: string
  path: string
  /** What is there once the page has what it shows. */
  ready: string
  /** Press, type or scroll before it is looked at. */
  prepare?: 'palette' | 'preview' | 'why'
}

const named = (name: string) => `ns=default&name=${name}`

/** The pages; the newest run of northwind and one of its postings are found at run time. */
export function places(run: string, posting: string): Place[] {
  return [
    {name: 'overview', path: '/', ready: 'tr[data-import=northwind]'},
    {name: 'import', path: `/import/?${named('northwind')}`, ready: 'figure'},
    {name: 'run', path: `/run/?${named('lakeside')}&id=${run}`, ready: '[role=log]'},
    {name: 'records', path: `/records/?${named('northwind')}`, ready: 'section[aria-label=Postings] table'},
    {name: 'posting', path: `/records/?${named('northwind')}&id=${posting}`, ready: 'section[aria-label=Timeline] ol'},
    {name: 'rejects', path: `/rejects/?${named('northwind')}`, ready: 'section[aria-label="By reason"] li'},
    {name: 'new', path: '/new/', ready: '#manifest', prepare: 'preview'},
    {name: 'edit', path: `/edit/?${named('northwind')}`, ready: '#manifest'},
    {name: 'workers', path: '/pools/', ready: 'table'},
    {name: 'palette', path: '/', ready: 'tr[data-import=northwind]', prepare: 'palette'},
  ]
}
