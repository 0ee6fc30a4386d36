'use client'

import {Dialog} from '@/ui/parts/dialog'

const keys = [
  ['Ctrl K', 'Find an import, go somewhere, or do something'],
  ['/', 'Search in the list of this page'],
  ['?', 'Show these keys'],
  ['Esc', 'Close what is open'],
  ['Tab', 'To the next control; tables and code scroll with the arrow keys'],
]

export default function Shortcuts({onClose}: {onClose: () => void}) {
  return (
    <Dialog label="Keys" onClose={onClose}>
      <div className="p-5">
        <h2 className="font-serif text-lg font-semibold">Keys</h2>
        <dl className="mt-3 grid grid-cols-[auto_1fr] gap-x-5 gap-y-2 text-sm">
          {keys.map(([key, what]) => (
            <div key={key} className="contents">
              <dt>
                <kbd className="rounded border border-line bg-well px-1.5 font-sans">{key}</kbd>
              </dt>
              <dd>{what}</dd>
            </div>
          ))}
        </dl>
      </div>
    </Dialog>
  )
}
