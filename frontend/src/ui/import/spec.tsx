'use client'

import {useState} from 'react'
import type {ImportDetail} from '@/types'
import {Choice, CopyButton} from '@/ui/parts/controls'
import {Code} from '@/ui/parts/code'
import {Section} from '@/ui/parts/layout'
import {Empty, Loading} from '@/ui/parts/states'
import {useYaml} from '@/ui/use-yaml'

/** The spec as written, and as it holds with its preset merged in. */
export function SpecSection({imp}: {imp: ImportDetail}) {
  const [which, setWhich] = useState<'written' | 'rendered'>('written')
  const shown = which === 'written' ? imp.spec : imp.effectiveSpec
  const text = useYaml(shown)
  return (
    <Section
      title="Spec"
      note={`generation ${imp.generation}${imp.observedGeneration === imp.generation ? '' : ', not acted on yet'}`}
      aside={
        <>
          <Choice
            label="Spec"
            value={which}
            options={[
              ['written', 'As written'],
              ['rendered', 'Rendered'],
            ]}
            onChoose={setWhich}
          />
          {text ? <CopyButton text={text} /> : null}
        </>
      }
    >
      {shown === null ? (
        <Empty>It cannot be rendered: {imp.message}</Empty>
      ) : text === null ? (
        <Loading lines={8} />
      ) : (
        <Code label={which === 'written' ? 'Spec as written' : 'Spec as rendered'} text={text} yaml tall />
      )}
    </Section>
  )
}
