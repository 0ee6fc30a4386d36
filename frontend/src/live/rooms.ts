import type {ImportRef, RunRef} from '@/api/base'

/** What can be followed, as the gateway's `subscribe` wants it. */
export type Room =
  | {room: 'imports'}
  | ({room: 'import'} & ImportRef)
  | {room: 'run'; namespace: string; name: string; runId: string}

export const everyImport: Room = {room: 'imports'}
export const roomOfImport = ({namespace, name}: ImportRef): Room | null => (namespace && name ? {room: 'import', namespace, name} : null)
export const roomOfRun = ({namespace, name, run}: RunRef): Room => ({room: 'run', namespace, name, runId: run})

/** The room's name in messages; all imports come in one room for each namespace instead. */
export function nameOf(room: Room): string {
  if (room.room === 'imports') return 'imports'
  const base = `${room.room}/${room.namespace}/${room.name}`
  return room.room === 'run' ? `${base}/${room.runId}` : base
}
