'use client'

import {useState} from 'react'
import type {ImportRef} from '@/api/base'
import {useImportDetailQuery} from '@/api/imports'
import {Button} from '@/ui/parts/controls'
import {Answer} from '@/ui/parts/states'
import {Bench} from './bench'
import {manifestOfImport} from './manifest'

/** Edit an import: what changed under one's hands since is said, and never lost. */
export default function Edit({reference}: {reference: ImportRef}) {
  const detail = useImportDetailQuery(reference)
  const [own, setOwn] = useState<string | null>(null)
  return (
    <Answer query={detail} lines={10}>
      {(imp) => (
        <>
          <Bench manifest={own ?? manifestOfImport(reference, imp.spec)} onChange={setOwn} hint={null} />
          {own === null ? null : (
            <p className="mt-3">
              <Button onClick={() => setOwn(null)}>Go back to what is applied</Button>
            </p>
          )}
        </>
      )}
    </Answer>
  )
}
