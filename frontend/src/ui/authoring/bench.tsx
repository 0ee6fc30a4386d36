'use client'

import {skipToken} from '@reduxjs/toolkit/query/react'
import {useEffect, useState} from 'react'
import {useValidateQuery} from '@/api/authoring'
import {saveAs} from '@/api/records'
import {Button, CopyButton, Choice} from '@/ui/parts/controls'
import {Code} from '@/ui/parts/code'
import {Section} from '@/ui/parts/layout'
import {Empty} from '@/ui/parts/states'
import {Apply} from './apply'
import {Editor} from './editor'
import {Preview} from './preview'
import {Problems} from './problems'

const SETTLE_MS = 500

/** A value once it has not changed for a while. */
function useSettled(value: string): string {
  const [settled, setSettled] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), SETTLE_MS)
    return () => clearTimeout(timer)
  }, [value])
  return settled
}

/** The YAML, what is wrong with it, what it gives, and the ways to bring it into effect. */
export function Bench({manifest, onChange, hint}: {manifest: string; onChange: (text: string) => void; hint: string | null}) {
  const settled = useSettled(manifest)
  const checked = useValidateQuery(settled.trim() ? settled : skipToken)
  const [view, setView] = useState<'written' | 'rendered'>('written')
  const current = settled === manifest && !checked.isFetching
  const problems = checked.data?.problems ?? []
  const why = hint ?? (!current ? 'It is being checked.' : problems.length > 0 ? 'Mend the problems first.' : checked.error ? 'It could not be checked.' : null)
  const fileName = `${/^\s+name:\s*["']?([\w.-]+)/m.exec(manifest)?.[1] ?? 'import'}.yaml`
  return (
    <>
      <Section
        title="YAML"
        aside={
          <>
            <Choice
              label="View"
              value={view}
              options={[
                ['written', 'As written'],
                ['rendered', 'Rendered'],
              ]}
              onChoose={setView}
            />
            <CopyButton text={manifest} label="Copy" />
            <Button onClick={() => saveAs(new Blob([manifest], {type: 'application/yaml'}), fileName)}>Download</Button>
          </>
        }
      >
        {view === 'written' ? (
          <Editor text={manifest} onChange={onChange} problems={current ? problems : []} />
        ) : checked.data?.effective ? (
          <Code label="Spec as rendered" text={checked.data.effective} yaml tall />
        ) : (
          <Empty>It can be rendered once its problems are mended.</Empty>
        )}
        <Problems problems={problems} error={checked.error} checking={!current} />
      </Section>
      <Preview manifest={manifest} why={why} />
      <Apply manifest={manifest} why={why} />
    </>
  )
}
