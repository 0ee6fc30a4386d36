import {parse, stringify} from 'yaml'
import type {Preset} from '@/types'

/** What the form asks for. */
export interface Draft {
  namespace: string
  name: string
  /** Name of a preset; empty: a source written by hand. */
  preset: string
  parameters: Record<string, string>
  url: string
  schedule: string
}

export const emptyDraft: Draft = {
  namespace: 'default',
  name: '',
  preset: '',
  parameters: {},
  url: '',
  schedule: '0 * * * *',
}

const head = (namespace: string, name: string) => ({
  apiVersion: 'jobimport.dev/v1alpha1',
  kind: 'JobImport',
  metadata: {name: name || 'my-import', namespace: namespace || 'default'},
})

/** The YAML that a draft stands for: a preset with its parameters, or a source to fill in. */
export function manifestOf(draft: Draft): string {
  const {namespace, name, preset, schedule} = draft
  const source = preset ? presetSource(draft) : writtenSource(draft)
  const spec: Record<string, unknown> = {...(schedule ? {schedule} : {}), source}
  if (!preset) {
    spec.mapping = {externalId: 'id', title: 'title', description: 'html(description)', url: 'url', required: ['title']}
  }
  return stringify({...head(namespace, name), spec}, {lineWidth: 100})
}

function presetSource({preset, parameters, url}: Draft) {
  const given = Object.fromEntries(Object.entries(parameters).filter(([, value]) => value !== ''))
  return {
    preset: {name: preset, ...(Object.keys(given).length > 0 ? {parameters: given} : {})},
    ...(url ? {request: {url}} : {}),
  }
}

function writtenSource({url}: Draft) {
  return {
    request: {url: url || 'https://example.com/jobs.json'},
    format: {type: 'json', records: 'jobs'},
    pagination: {type: 'none'},
  }
}

/** The YAML of an import that is there already, without what the cluster added. */
export function manifestOfImport(ref: {namespace: string; name: string}, spec: unknown): string {
  return stringify({...head(ref.namespace, ref.name), spec}, {lineWidth: 100})
}

/** The namespace that a manifest names; default where it names none or cannot be read. */
export function namespaceOf(manifest: string): string {
  try {
    const read = parse(manifest) as {metadata?: {namespace?: unknown}} | null
    const found = read?.metadata?.namespace
    return typeof found === 'string' && found ? found : 'default'
  } catch {
    return 'default'
  }
}

/** What a preset still lacks before its YAML can work. */
export function missingOf(preset: Preset | undefined, draft: Draft): string[] {
  return (preset?.parameters ?? [])
    .filter((each) => each.required && !draft.parameters[each.name])
    .map((each) => each.name)
}
