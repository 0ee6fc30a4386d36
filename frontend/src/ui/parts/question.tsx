'use client'

import {Button} from './controls'

/** What is asked before something is done that cannot be taken back. Doing nothing has the focus. */
export function Question({title, text, onYes, onNo}: {title: string; text: string; onYes: () => void; onNo: () => void}) {
  return (
    <div className="p-5">
      <h2 className="font-serif text-lg font-semibold">{title}</h2>
      <p className="mt-2 text-sm [overflow-wrap:anywhere]">{text}</p>
      <div className="mt-5 flex justify-end gap-2">
        {/* eslint-disable-next-line jsx-a11y/no-autofocus -- The question is all that there is to answer. */}
        <Button autoFocus onClick={onNo}>
          Leave it
        </Button>
        <Button look="danger" onClick={onYes}>
          {title}
        </Button>
      </div>
    </div>
  )
}
