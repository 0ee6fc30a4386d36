'use client'

import {useState} from 'react'
import {usePresetsQuery} from '@/api/authoring'
import type {Preset} from '@/types'
import {Button, Field, fieldClass} from '@/ui/parts/controls'
import {Section} from '@/ui/parts/layout'
import {Answer} from '@/ui/parts/states'
import {SafeLink} from '@/ui/records/safe-link'
import {Bench} from './bench'
import {emptyDraft, manifestOf, missingOf, type Draft} from './manifest'

/** A new import: a form that writes the YAML, until the YAML is taken into one's own hands. */
export default function Create() {
  const presets = usePresetsQuery(undefined)
  const [draft, setDraft] = useState<Draft>(emptyDraft)
  const [own, setOwn] = useState<string | null>(null)
  const change = (values: Partial<Draft>) => setDraft({...draft, ...values})
  const preset = presets.data?.items.find((each) => each.name === draft.preset)
  const missing = missingOf(preset, draft)
  return (
    <>
      <Section title="Source">
        <div className="min-h-[23rem]">
          <Answer query={presets} lines={4}>
            {({items}) => <Presets presets={items} chosen={draft.preset} choose={(name) => change({preset: name, parameters: {}, url: ''})} />}
          </Answer>
        </div>
        {own === null ? (
          <Form draft={draft} preset={preset} change={change} />
        ) : (
          <p className="mt-4 flex flex-wrap items-center gap-3 text-sm text-soft">
            You changed the YAML by hand; the form does not write it any more.
            <Button onClick={() => setOwn(null)}>Let the form write it again</Button>
          </p>
        )}
      </Section>
      <Bench
        manifest={own ?? manifestOf(draft)}
        onChange={setOwn}
        hint={own === null && missing.length > 0 ? `Fill in ${missing.join(', ')} to preview it.` : null}
      />
    </>
  )
}

function Presets({presets, chosen, choose}: {presets: Preset[]; chosen: string; choose: (name: string) => void}) {
  const [search, setSearch] = useState('')
  const wanted = search.trim().toLowerCase()
  const fitting = presets.filter((each) => `${each.name} ${each.title} ${each.description}`.toLowerCase().includes(wanted))
  return (
    <fieldset>
      <legend className="sr-only">Preset</legend>
      {presets.length > 8 ? (
        <input
          type="search"
          aria-label="Find a preset"
          placeholder={`Find one of ${presets.length} presets`}
          value={search}
          onChange={(event) => setSearch(event.target.value)}
          className={`mb-3 sm:max-w-72 ${fieldClass}`}
        />
      ) : null}
      <div className="grid max-h-80 gap-2 overflow-y-auto rounded-md border border-line bg-well p-2 sm:grid-cols-2 lg:grid-cols-3">
        <Option name="" title="Write the source" description="JSON, XML, CSV and more, any pagination." chosen={chosen} choose={choose} />
        {fitting.map((each) => (
          <Option key={each.name} {...each} chosen={chosen} choose={choose} />
        ))}
      </div>
    </fieldset>
  )
}

function Option({name, title, description, chosen, choose}: Pick<Preset, 'name' | 'title' | 'description'> & {chosen: string; choose: (name: string) => void}) {
  return (
    <label className="flex cursor-pointer items-start gap-2.5 rounded-md border border-line bg-card px-3 py-2 text-sm hover:border-rule has-checked:border-accent has-checked:outline-1 has-checked:outline-accent has-focus-visible:outline-2 has-focus-visible:outline-accent">
      <input type="radio" name="preset" checked={chosen === name} onChange={() => choose(name)} className="mt-1 accent-(--accent)" />
      <span className="min-w-0">
        <span className="font-medium">{title || name}</span>
        <span className="line-clamp-2 text-soft">{description}</span>
      </span>
    </label>
  )
}

function Form({draft, preset, change}: {draft: Draft; preset: Preset | undefined; change: (values: Partial<Draft>) => void}) {
  const text = (id: 'namespace' | 'name' | 'schedule' | 'url', label: string, hint: string) => (
    <Field id={id} label={label} hint={hint}>
      <input id={id} value={draft[id]} spellCheck={false} onChange={(event) => change({[id]: event.target.value})} className={fieldClass} />
    </Field>
  )
  return (
    <div className="mt-5 grid gap-4 sm:grid-cols-3">
      {text('name', 'Name', 'Lower case letters, digits and -.')}
      {text('namespace', 'Namespace', 'Its workers import it.')}
      {text('schedule', 'Schedule', 'As in CronJob; empty: on change and request.')}
      {preset?.parameters.map((parameter) => (
        <Field
          key={parameter.name}
          id={`parameter-${parameter.name}`}
          label={`${parameter.name}${parameter.required ? '' : ' (optional)'}`}
          hint={parameter.description}
        >
          <input
            id={`parameter-${parameter.name}`}
            required={parameter.required}
            value={draft.parameters[parameter.name] ?? ''}
            placeholder={parameter.example ?? ''}
            spellCheck={false}
            onChange={(event) => change({parameters: {...draft.parameters, [parameter.name]: event.target.value}})}
            className={fieldClass}
          />
        </Field>
      ))}
      {!preset || preset.parameters.length === 0 ? (
        <div className="sm:col-span-3">{text('url', 'Address', 'Where the source answers.')}</div>
      ) : null}
      {preset?.documentation ? (
        <p className="text-sm text-soft sm:col-span-3">
          About this source: <SafeLink url={preset.documentation} />
        </p>
      ) : null}
    </div>
  )
}
