/** What the gateway gives, by the dashboard's names; gateway.ts is generated from docs/openapi.json. */
import type {components} from './gateway'

type Schemas = components['schemas']

/** A page of a list; null: which page is next, or how many there are, is not known. */
export type Page<Item> = Omit<Schemas['Page_ImportSummary_'], 'items'> & {items: Item[]}
/** What went wrong, and what to do. */
export type Problem = Pick<Schemas['Problem'], 'title' | 'status' | 'detail'>
export type Session = Schemas['Session']

export type ImportSummary = Schemas['ImportSummary']
export type ImportDetail = Schemas['ImportDetail']
export type CurrentRun = Schemas['CurrentRunInfo']
export type LastRun = Schemas['LastRun']
export type RunProgress = Schemas['RunProgress']
export type Condition = Schemas['Condition']
export type Requests = Schemas['Requests']
export type Coverage = Schemas['Coverage']
export type FieldCoverage = Schemas['FieldCoverage']
export type KubernetesEvent = Schemas['EventInfo']
export type Accepted = Schemas['Accepted']

export type RunSummary = Schemas['RunSummary']
export type RunDetail = Schemas['RunDetail']
export type Partition = Schemas['Partition']
export type ErrorGroup = Schemas['ErrorGroup']
export type PageInfo = Schemas['PageInfo']
export type RunEvent = Schemas['RunEventInfo']
export type RunEvents = Schemas['RunEvents']

export type RecordRow = Schemas['RecordInfo']
export type RecordDetail = Schemas['RecordDetail']
export type HistoryEntry = Schemas['HistoryEntry']
export type WhyAnswer = Schemas['Why']
export type RejectInfo = Schemas['RejectInfo']
export type RejectPage = Schemas['RejectPage']

export type Preset = Schemas['PresetInfo']
export type SpecProblem = Schemas['SpecProblem']
export type Validation = Schemas['Validated']
export type Applied = Schemas['AppliedInfo']
export type PreviewResult = Schemas['PreviewResult']
export type ReplayResult = Schemas['ReplayResult']
/** Where a task of no run can be asked for its answer. */
export type TaskRef = Schemas['Asked']
/** A task of no run: a preview or a replay. */
export type OneOff<Result> = Omit<Schemas['TaskAnswer'], 'result'> & {result: Result | null}

export type PoolInfo = Schemas['PoolInfo']
export type Worker = Schemas['WorkerInfo']
