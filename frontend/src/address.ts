'use client'

import {usePathname, useRouter, useSearchParams} from 'next/navigation'
import {useCallback} from 'react'
import type {ImportRef, RunRef} from './api/base'

type Values = Record<string, string | null | undefined>

const withQuery = (path: string, values: Values) => {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(values)) if (value) query.set(name, value)
  const text = query.toString()
  return text ? `${path}?${text}` : path
}

/** Addresses of pages. */
export const to = {
  overview: (values: Values = {}) => withQuery('/', values),
  import: ({namespace, name}: ImportRef) => withQuery('/import/', {ns: namespace, name}),
  run: ({namespace, name, run}: RunRef) => withQuery('/run/', {ns: namespace, name, id: run}),
  records: ({namespace, name}: ImportRef, values: Values = {}) =>
    withQuery('/records/', {ns: namespace, name, ...values}),
  rejects: ({namespace, name}: ImportRef, values: Values = {}) =>
    withQuery('/rejects/', {ns: namespace, name, ...values}),
  edit: ({namespace, name}: ImportRef) => withQuery('/edit/', {ns: namespace, name}),
  new: () => '/new/',
  pools: () => '/pools/',
  login: () => '/login/',
}

/** What the address says, how to say something else, and addresses that differ from it in some values. */
export function useAddress() {
  const params = useSearchParams()
  const router = useRouter()
  const path = usePathname()
  const get = (name: string) => params.get(name) ?? ''
  const set = useCallback(
    (values: Values, how: 'replace' | 'push' = 'replace') => {
      const next = new URLSearchParams(params)
      for (const [name, value] of Object.entries(values)) {
        if (value) next.set(name, value)
        else next.delete(name)
      }
      const text = next.toString()
      router[how](text ? `${path}?${text}` : path, {scroll: false})
    },
    [params, path, router],
  )
  const beside = (values: Values) => withQuery(path, {...Object.fromEntries(params), ...values})
  return {get, set, beside, text: params.toString()}
}

/** Whether this is the log-in page. */
export const useOnLogin = () => usePathname().startsWith('/login')

/** The import that the address names. */
export function useNamedImport(): ImportRef {
  const {get} = useAddress()
  return {namespace: get('ns'), name: get('name')}
}
