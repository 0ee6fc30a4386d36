/** What the gateway gives; a check holds these against docs/openapi.json. */
export type * from './authoring'
export type * from './imports'
export type * from './page'
export type * from './pools'
export type * from './records'
export type * from './rejects'
export type * from './runs'
