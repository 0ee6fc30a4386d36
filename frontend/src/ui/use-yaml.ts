'use client'

import {useEffect, useState} from 'react'

/** A value as YAML; null until the writer is loaded, which only pages that show YAML pay for. */
export function useYaml(value: unknown): string | null {
  const [text, setText] = useState<string | null>(null)
  const source = JSON.stringify(value) ?? 'null'
  useEffect(() => {
    let gone = false
    void import('yaml').then(({stringify}) => {
      if (!gone) setText(stringify(JSON.parse(source), {lineWidth: 100}))
    })
    return () => {
      gone = true
    }
  }, [source])
  return text
}
