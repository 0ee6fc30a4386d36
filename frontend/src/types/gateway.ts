// Generated from docs/openapi.json by `make generate`: do not edit.
export type paths = Record<string, never>;
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /**
         * Accepted
         * @description A request that will be acted on.
         */
        Accepted: {
            /**
             * Token
             * @description Value of the annotation; status says when it was handled. Of suspend and resume, which change the spec, `suspended` or `resumed`.
             */
            token: string;
        };
        /**
         * Action
         * @description What can be done with an import, beside running it and retrying what failed.
         * @enum {string}
         */
        Action: "cancel" | "suspend" | "resume" | "approve-close";
        /**
         * AppliedInfo
         * @description What came, or with dryRun would come, of a manifest.
         */
        AppliedInfo: {
            /**
             * Created
             * @description Whether the import is new.
             */
            created: boolean;
            /**
             * Manifest
             * @description The import afterwards, as YAML.
             */
            manifest: string;
            /**
             * Diff
             * @description What changes, as a unified diff; empty: nothing.
             */
            diff: string;
            /**
             * Managedby
             * @description A GitOps tool that keeps the import and would take the change back: commit it there instead. Null: none.
             */
            managedBy: string | null;
        };
        /**
         * Asked
         * @description A task that was put into a pool's queue.
         */
        Asked: {
            /** Namespace */
            namespace: string;
            /** Pool */
            pool: string;
            /**
             * Task
             * @description Ask for its answer with this; it expires after 10 minutes.
             */
            task: string;
        };
        /**
         * Condition
         * @description One condition, as metav1.Condition.
         */
        Condition: {
            /**
             * Type
             * @description Name of the condition.
             */
            type: string;
            /**
             * Status
             * @description Whether it holds.
             * @enum {string}
             */
            status: "True" | "False" | "Unknown";
            /**
             * Reason
             * @description Why, in one word.
             */
            reason: string;
            /**
             * Message
             * @description Why, in a sentence.
             */
            message: string;
            /**
             * Lasttransitiontime
             * Format: date-time
             * @description When the status last changed.
             */
            lastTransitionTime: string;
            /**
             * Observedgeneration
             * @description Generation of the spec that it is about.
             */
            observedGeneration?: number | null;
        };
        /**
         * Coverage
         * @description How the fields were filled in a run that mapped anything, and in the one before it.
         */
        Coverage: {
            /**
             * Run
             * @description The run.
             */
            run: string;
            /** Fields */
            fields: {
                [key: string]: components["schemas"]["FieldCoverage"];
            };
            /**
             * Previous
             * @description Of the run before; null: none.
             */
            previous: {
                [key: string]: components["schemas"]["FieldCoverage"];
            } | null;
        };
        /**
         * CurrentRunInfo
         * @description The run in progress.
         */
        CurrentRunInfo: {
            /**
             * Id
             * @description The run.
             */
            id: string;
            /**
             * Reason
             * @description Why it was made.
             */
            reason: string;
            /**
             * Startedat
             * Format: date-time
             * @description When it was started.
             */
            startedAt: string;
            /** @description How far it is; null where not known. */
            progress: components["schemas"]["RunProgress"] | null;
        };
        /**
         * ErrorGroup
         * @description Errors that are alike.
         */
        ErrorGroup: {
            /** Message */
            message: string;
            /** Count */
            count: number;
            /**
             * Example
             * @description Page that it happened to last.
             */
            example: string;
            /** Partition */
            partition: string;
            /**
             * Lastat
             * Format: date-time
             * @description When it happened last.
             */
            lastAt: string;
            /**
             * Curl
             * @description Command that asks the source the same; $NAMES stand for credentials.
             */
            curl: string | null;
        };
        /**
         * EventInfo
         * @description A Kubernetes Event about an import.
         */
        EventInfo: {
            /**
             * At
             * Format: date-time
             */
            at: string;
            /**
             * Type
             * @description Normal or Warning.
             */
            type: string;
            /** Reason */
            reason: string;
            /** Message */
            message: string;
            /** Count */
            count: number;
            /** Action */
            action: string;
        };
        /**
         * FieldChange
         * @description What a field was and became; long values are cut.
         */
        FieldChange: {
            /** From */
            from: unknown;
            /** To */
            to: unknown;
        };
        /**
         * FieldCoverage
         * @description How a field was filled in a run.
         */
        FieldCoverage: {
            /**
             * Filled
             * @description Postings in which it has a value.
             */
            filled: number;
            /**
             * Errors
             * @description Records whose value could not be read.
             */
            errors: number;
            /**
             * Mapped
             * @description Records that were mapped.
             */
            mapped: number;
            /**
             * Distinct
             * @description Different values; null: not counted.
             */
            distinct: number | null;
        };
        /**
         * FilledField
         * @description How a field came out over all records of the page that were looked at.
         */
        FilledField: {
            /**
             * Filled
             * @default 0
             */
            filled: number;
            /**
             * Errors
             * @default 0
             */
            errors: number;
            /**
             * Distinct
             * @default 0
             */
            distinct: number;
        };
        /**
         * HistoryEntry
         * @description One thing that happened to a posting.
         */
        HistoryEntry: {
            /**
             * At
             * Format: date-time
             */
            at: string;
            /** Run */
            run: string | null;
            /**
             * Kind
             * @description Inserted, Updated, Closed or Reopened.
             */
            kind: string;
            /** Fields */
            fields: {
                [key: string]: components["schemas"]["FieldChange"];
            };
        };
        /**
         * ImportDetail
         * @description An import, whole.
         */
        ImportDetail: {
            /** Namespace */
            namespace: string;
            /** Name */
            name: string;
            /** Uid */
            uid: string;
            /**
             * Schedule
             * @description When it runs; null: on change and request.
             */
            schedule: string | null;
            /** Timezone */
            timeZone: string | null;
            /** Suspended */
            suspended: boolean;
            /**
             * Ready
             * @description True, False or Unknown.
             */
            ready: string;
            /**
             * Reason
             * @description Why, in one word.
             */
            reason: string;
            /**
             * Message
             * @description Why, in a sentence.
             */
            message: string;
            /** Reconciling */
            reconciling: boolean;
            /** Stalled */
            stalled: boolean;
            /** Sourcename */
            sourceName: string | null;
            /** Pool */
            pool: string;
            /** Nextruntime */
            nextRunTime: string | null;
            currentRun: components["schemas"]["CurrentRunInfo"] | null;
            lastRun: components["schemas"]["LastRun"] | null;
            /**
             * Openpostings
             * @description Open postings; null where not known yet.
             */
            openPostings: number | null;
            /**
             * Createdat
             * Format: date-time
             */
            createdAt: string;
            /**
             * Owner
             * @description Whose it is: the annotation jobimport.dev/owner, else who last requested it.
             */
            owner: string | null;
            /**
             * Attention
             * @description Why it needs somebody; null: it does not.
             */
            attention: string | null;
            /**
             * Freshat
             * @description When the last run that succeeded ended.
             */
            freshAt: string | null;
            /**
             * Trend
             * @description Open postings after each of the last 20 runs at most, the oldest first; null where it was not looked up: in live messages, and while MongoDB cannot be reached.
             */
            trend: number[] | null;
            /**
             * Unknown
             * @description What cannot be known right now, and why.
             */
            unknown: string[];
            /**
             * Spec
             * @description As written.
             */
            spec: {
                [key: string]: unknown;
            };
            /**
             * Effectivespec
             * @description With its preset merged in; null where that cannot be done.
             */
            effectiveSpec: {
                [key: string]: unknown;
            } | null;
            /** Conditions */
            conditions: components["schemas"]["Condition"][];
            workers: components["schemas"]["WorkersStatus"] | null;
            /** Generation */
            generation: number;
            /** Observedgeneration */
            observedGeneration: number | null;
            /** Annotations */
            annotations: {
                [key: string]: string;
            };
            /** @description What you may do; null in live messages. */
            permissions: components["schemas"]["Permissions"] | null;
            requests: components["schemas"]["Requests"];
            /**
             * Partitions
             * @description Of the last run.
             */
            partitions: components["schemas"]["Partition"][];
            /** @description Null: no run has mapped anything, or unknown. */
            coverage: components["schemas"]["Coverage"] | null;
            /**
             * Rejects
             * @description Records in quarantine; null where unknown.
             */
            rejects: number | null;
        };
        /**
         * ImportSummary
         * @description An import, as a list shows it.
         */
        ImportSummary: {
            /** Namespace */
            namespace: string;
            /** Name */
            name: string;
            /** Uid */
            uid: string;
            /**
             * Schedule
             * @description When it runs; null: on change and request.
             */
            schedule: string | null;
            /** Timezone */
            timeZone: string | null;
            /** Suspended */
            suspended: boolean;
            /**
             * Ready
             * @description True, False or Unknown.
             */
            ready: string;
            /**
             * Reason
             * @description Why, in one word.
             */
            reason: string;
            /**
             * Message
             * @description Why, in a sentence.
             */
            message: string;
            /** Reconciling */
            reconciling: boolean;
            /** Stalled */
            stalled: boolean;
            /** Sourcename */
            sourceName: string | null;
            /** Pool */
            pool: string;
            /** Nextruntime */
            nextRunTime: string | null;
            currentRun: components["schemas"]["CurrentRunInfo"] | null;
            lastRun: components["schemas"]["LastRun"] | null;
            /**
             * Openpostings
             * @description Open postings; null where not known yet.
             */
            openPostings: number | null;
            /**
             * Createdat
             * Format: date-time
             */
            createdAt: string;
            /**
             * Owner
             * @description Whose it is: the annotation jobimport.dev/owner, else who last requested it.
             */
            owner: string | null;
            /**
             * Attention
             * @description Why it needs somebody; null: it does not.
             */
            attention: string | null;
            /**
             * Freshat
             * @description When the last run that succeeded ended.
             */
            freshAt: string | null;
            /**
             * Trend
             * @description Open postings after each of the last 20 runs at most, the oldest first; null where it was not looked up: in live messages, and while MongoDB cannot be reached.
             */
            trend: number[] | null;
            /**
             * Unknown
             * @description What cannot be known right now, and why.
             */
            unknown: string[];
        };
        /**
         * Info
         * @description What this gateway is.
         */
        Info: {
            /** Version */
            version: string;
            /**
             * Epoch
             * @description Changes with each start: live messages begin anew.
             */
            epoch: string;
            /**
             * Authmode
             * @description kubernetes or none.
             */
            authMode: string;
            /**
             * Mode
             * @description kubernetes or local.
             */
            mode: string;
        };
        /**
         * LastRun
         * @description The newest run that ended.
         */
        LastRun: {
            /**
             * Id
             * @description Name of the run.
             */
            id: string;
            /**
             * Sequence
             * @description Grows with every run.
             * @default 0
             */
            sequence: number;
            /**
             * Generation
             * @description Generation of the spec that it ran.
             * @default 0
             */
            generation: number;
            /**
             * Spechash
             * @description Fingerprint of the part of the spec that it worked by.
             * @default
             */
            specHash: string;
            /**
             * Reason
             * @description Why it was made.
             */
            reason: string;
            /**
             * Startedat
             * Format: date-time
             * @description When it was started.
             */
            startedAt: string;
            /**
             * Finishedat
             * Format: date-time
             * @description When it ended.
             */
            finishedAt: string;
            /** @description What can be claimed about completeness: Complete, Unchanged, Empty, Incremental, Truncated, Partial, Held or Failed. Only Complete ones close postings. */
            verdict: components["schemas"]["Verdict"];
            /**
             * Pages
             * @description Pages done.
             * @default 0
             */
            pages: number;
            /**
             * Records
             * @description Different records seen.
             * @default 0
             */
            records: number;
            /**
             * Inserted
             * @description New postings.
             * @default 0
             */
            inserted: number;
            /**
             * Updated
             * @description Changed postings.
             * @default 0
             */
            updated: number;
            /**
             * Unchanged
             * @description Postings that were as before.
             * @default 0
             */
            unchanged: number;
            /**
             * Closed
             * @description Postings closed by the run.
             * @default 0
             */
            closed: number;
            /**
             * Reopened
             * @description Closed postings that came back.
             * @default 0
             */
            reopened: number;
            /**
             * Rejected
             * @description Records in quarantine.
             * @default 0
             */
            rejected: number;
            /**
             * Failedpages
             * @description Pages that failed for good.
             * @default 0
             */
            failedPages: number;
            /**
             * Retries
             * @description Tries after the first.
             * @default 0
             */
            retries: number;
            /**
             * Open
             * @description Open postings of the source after the run.
             * @default 0
             */
            open: number;
            /**
             * Message
             * @description What happened, in a sentence.
             * @default
             */
            message: string;
            /**
             * Partitions
             * @description Verdicts of the partitions, 50 at most: those that did not succeed first.
             */
            partitions?: components["schemas"]["PartitionOutcome"][];
        };
        /**
         * PageInfo
         * @description A page of a run.
         */
        PageInfo: {
            /** Id */
            id: string;
            /** Partition */
            partition: string;
            /** Number */
            number: number;
            /** State */
            state: string;
            /** Attempt */
            attempt: number;
            /** Httpstatus */
            httpStatus: number | null;
            /** Url */
            url: string | null;
            /** Records */
            records: number;
            /** Rejected */
            rejected: number;
            /** Error */
            error: string | null;
            /**
             * At
             * Format: date-time
             */
            at: string;
        };
        /** Page[EventInfo] */
        Page_EventInfo_: {
            /**
             * Items
             * @description The page's items.
             */
            items: components["schemas"]["EventInfo"][];
            /**
             * Nextcursor
             * @description Cursor of the next page.
             */
            nextCursor: string | null;
            /**
             * Total
             * @description Items in all, where that is known.
             */
            total: number | null;
        };
        /** Page[ImportSummary] */
        Page_ImportSummary_: {
            /**
             * Items
             * @description The page's items.
             */
            items: components["schemas"]["ImportSummary"][];
            /**
             * Nextcursor
             * @description Cursor of the next page.
             */
            nextCursor: string | null;
            /**
             * Total
             * @description Items in all, where that is known.
             */
            total: number | null;
        };
        /** Page[PageInfo] */
        Page_PageInfo_: {
            /**
             * Items
             * @description The page's items.
             */
            items: components["schemas"]["PageInfo"][];
            /**
             * Nextcursor
             * @description Cursor of the next page.
             */
            nextCursor: string | null;
            /**
             * Total
             * @description Items in all, where that is known.
             */
            total: number | null;
        };
        /** Page[PoolInfo] */
        Page_PoolInfo_: {
            /**
             * Items
             * @description The page's items.
             */
            items: components["schemas"]["PoolInfo"][];
            /**
             * Nextcursor
             * @description Cursor of the next page.
             */
            nextCursor: string | null;
            /**
             * Total
             * @description Items in all, where that is known.
             */
            total: number | null;
        };
        /** Page[PresetInfo] */
        Page_PresetInfo_: {
            /**
             * Items
             * @description The page's items.
             */
            items: components["schemas"]["PresetInfo"][];
            /**
             * Nextcursor
             * @description Cursor of the next page.
             */
            nextCursor: string | null;
            /**
             * Total
             * @description Items in all, where that is known.
             */
            total: number | null;
        };
        /** Page[RecordInfo] */
        Page_RecordInfo_: {
            /**
             * Items
             * @description The page's items.
             */
            items: components["schemas"]["RecordInfo"][];
            /**
             * Nextcursor
             * @description Cursor of the next page.
             */
            nextCursor: string | null;
            /**
             * Total
             * @description Items in all, where that is known.
             */
            total: number | null;
        };
        /** Page[RunSummary] */
        Page_RunSummary_: {
            /**
             * Items
             * @description The page's items.
             */
            items: components["schemas"]["RunSummary"][];
            /**
             * Nextcursor
             * @description Cursor of the next page.
             */
            nextCursor: string | null;
            /**
             * Total
             * @description Items in all, where that is known.
             */
            total: number | null;
        };
        /**
         * Partition
         * @description What a run found of a partition.
         */
        Partition: {
            /** Key */
            key: string;
            /** Verdict */
            verdict: string;
            /**
             * Message
             * @description Why, in a sentence.
             */
            message: string;
            /**
             * Records
             * @description Different records seen; null: not known.
             */
            records: number | null;
            /**
             * Advertised
             * @description Records that the source says it has; null: none.
             */
            advertised: number | null;
            /** Failedpages */
            failedPages: number | null;
            /** Closed */
            closed: number | null;
            /**
             * Held
             * @description Postings that the guard kept from being closed.
             */
            held: number | null;
        };
        /**
         * PartitionOutcome
         * @description What a run can claim about one partition.
         */
        PartitionOutcome: {
            /**
             * Key
             * @description Name of the partition.
             */
            key: string;
            /** @description What can be claimed about it. */
            verdict: components["schemas"]["Verdict"];
            /**
             * Message
             * @description Why, in a sentence.
             * @default
             */
            message: string;
        };
        /**
         * Permissions
         * @description What the viewer may do with an import. Every action needs patch.
         */
        Permissions: {
            /**
             * Patch
             * @description Run, retry, cancel, suspend, approve closing, replay, edit.
             */
            patch: boolean;
            /**
             * Delete
             * @description Delete.
             */
            delete: boolean;
        };
        /**
         * PoolInfo
         * @description A pool.
         */
        PoolInfo: {
            /** Namespace */
            namespace: string;
            /** Pool */
            pool: string;
            /**
             * Ready
             * @description Tasks that a worker could begin now.
             */
            ready: number;
            /**
             * Leased
             * @description Tasks in work.
             */
            leased: number;
            /**
             * Retry
             * @description Tasks that wait for their next try.
             */
            retry: number;
            /**
             * Due
             * @description Those of them that are due within 5 seconds.
             */
            due: number;
            /**
             * Backlog
             * @description Tasks that wait for a place of their run's concurrency.
             */
            backlog: number;
            /** Oldestreadyagems */
            oldestReadyAgeMs: number;
            /**
             * Workers
             * @description Those that gave a sign of life.
             */
            workers: components["schemas"]["WorkerInfo"][];
            /**
             * Min
             * @description Workers at least; null: not known.
             */
            min: number | null;
            /**
             * Max
             * @description Workers at most; null: not known.
             */
            max: number | null;
            /**
             * Desired
             * @description Workers that the operator wants.
             */
            desired: number | null;
            /**
             * Workersready
             * @description Workers that are ready, as it sees them.
             */
            workersReady: number | null;
            /**
             * Busy
             * @description Workers with a task.
             */
            busy: number;
            /**
             * Reason
             * @description Why so many, in a sentence.
             */
            reason: string | null;
        };
        /**
         * PoolLoad
         * @description A pool's load.
         */
        PoolLoad: {
            /**
             * Load
             * @description Tasks ready, in work, and due for a retry within 5 seconds.
             */
            load: number;
        };
        /**
         * PresetInfo
         * @description A source that JobImport knows.
         */
        PresetInfo: {
            /** Name */
            name: string;
            /** Title */
            title: string;
            /** Description */
            description: string;
            /** Parameters */
            parameters: components["schemas"]["PresetParameter"][];
            /**
             * Documentation
             * @description Address of the source's own documentation.
             */
            documentation: string | null;
        };
        /**
         * PresetParameter
         * @description A parameter of a preset.
         */
        PresetParameter: {
            /** Name */
            name: string;
            /** Description */
            description: string;
            /** Required */
            required: boolean;
            /** Example */
            example: string | null;
            /**
             * Default
             * @description What is used without it; null: nothing.
             */
            default: string | null;
            /**
             * Pattern
             * @description Regular expression that the whole value has to fit.
             */
            pattern: string;
        };
        /**
         * PreviewAsked
         * @description A manifest to preview.
         */
        PreviewAsked: {
            /**
             * Namespace
             * @description Where it is to run: its workers fetch, with that namespace's credentials.
             */
            namespace: string;
            /**
             * Manifest
             * @description One JobImport as YAML (or JSON) text.
             */
            manifest: string;
        };
        /**
         * PreviewReject
         * @description A record that cannot become a posting, and why; `raw` is its content as JSON, cut.
         */
        PreviewReject: {
            /** Externalid */
            externalId: string | null;
            /** Reason */
            reason: string;
            /** Message */
            message: string;
            /** Raw */
            raw: string;
        };
        /**
         * PreviewResult
         * @description A page as an import would take it. `records` counts those that it holds and that the filter
         *     lets through, `coverage` is over all of them, and `postings` are the first ones.
         */
        PreviewResult: {
            /** Url */
            url: string;
            /** Status */
            status: number | null;
            /** Contenttype */
            contentType: string;
            /** Records */
            records: number;
            /**
             * Filtered
             * @default 0
             */
            filtered: number;
            /**
             * Partition
             * @default
             */
            partition: string;
            /**
             * Postings
             * @default []
             */
            postings: {
                [key: string]: unknown;
            }[];
            /**
             * Coverage
             * @default {}
             */
            coverage: {
                [key: string]: components["schemas"]["FilledField"];
            };
            /**
             * Rejects
             * @default []
             */
            rejects: components["schemas"]["PreviewReject"][];
            /**
             * Rejected
             * @default 0
             */
            rejected: number;
            /**
             * Warnings
             * @default []
             */
            warnings: string[];
            /** Advertisedtotal */
            advertisedTotal: number | null;
            /**
             * Nextpage
             * @description How the page after this one would be asked for, in words; null: none.
             */
            nextPage: string | null;
            /**
             * Seconds
             * @default 0
             */
            seconds: number;
        };
        /**
         * Problem
         * @description One error, as RFC 9457 has it.
         */
        Problem: {
            /**
             * Type
             * @description Kind of the problem.
             * @default about:blank
             */
            type: string;
            /**
             * Title
             * @description The problem in a few words.
             */
            title: string;
            /**
             * Status
             * @description HTTP status.
             */
            status: number;
            /**
             * Detail
             * @description What is wrong here, and what to do.
             */
            detail: string;
            /**
             * Instance
             * @description Path of the request.
             * @default
             */
            instance: string;
        };
        /**
         * RecordDetail
         * @description A posting, whole.
         */
        RecordDetail: {
            /**
             * Posting
             * @description As stored; null: there is none.
             */
            posting: {
                [key: string]: unknown;
            } | null;
            /**
             * History
             * @description The newest last.
             */
            history: components["schemas"]["HistoryEntry"][];
            /**
             * Raw
             * @description The source's own content; null where it is not kept.
             */
            raw: unknown;
            /**
             * Lastseenrun
             * @description The newest run that saw it, as far as is kept.
             */
            lastSeenRun: string | null;
            /** @description Its record in quarantine, if there is one. */
            reject: components["schemas"]["RejectInfo"] | null;
        };
        /**
         * RecordInfo
         * @description A posting, as a list shows it.
         */
        RecordInfo: {
            /** Externalid */
            externalId: string;
            /**
             * Id
             * @description `_id` in MongoDB: <source>:<externalId>.
             */
            id: string;
            /** Title */
            title: string | null;
            /** Company */
            company: string | null;
            /**
             * Locations
             * @description Places, in words; empty: none.
             */
            locations: string;
            /** Url */
            url: string | null;
            /** Firstseenat */
            firstSeenAt: string | null;
            /** Lastchangedat */
            lastChangedAt: string | null;
            /**
             * Closedat
             * @description Null: it is open.
             */
            closedAt: string | null;
            /** Closedreason */
            closedReason: string | null;
            /** Partitions */
            partitions: string[];
        };
        /**
         * RejectGroup
         * @description Rejects for the same reason.
         */
        RejectGroup: {
            /** Reason */
            reason: string;
            /** Count */
            count: number;
        };
        /**
         * RejectInfo
         * @description A record in quarantine.
         */
        RejectInfo: {
            /** Id */
            id: string;
            /** Run */
            run: string;
            /** Externalid */
            externalId: string | null;
            /** Reason */
            reason: string;
            /** Message */
            message: string;
            /**
             * Raw
             * @description The record as JSON text; in lists cut after 64 KiB.
             */
            raw: string;
            /**
             * At
             * Format: date-time
             */
            at: string;
            /** Partition */
            partition: string | null;
        };
        /**
         * RejectPage
         * @description A page of rejects, and how many there are for which reason.
         */
        RejectPage: {
            /**
             * Items
             * @description The page's items.
             */
            items: components["schemas"]["RejectInfo"][];
            /**
             * Nextcursor
             * @description Cursor of the next page.
             */
            nextCursor: string | null;
            /**
             * Total
             * @description Items in all, where that is known.
             */
            total: number | null;
            /**
             * Groups
             * @description All of the import's rejects, by reason.
             */
            groups: components["schemas"]["RejectGroup"][];
        };
        /**
         * Replay
         * @description Which rejects to map again; all of them where nothing is named.
         */
        Replay: {
            /**
             * Reason
             * @description Those of this reason.
             */
            reason?: string | null;
            /**
             * Run
             * @description Those of this run.
             */
            run?: string | null;
            /**
             * Partition
             * @description Those of this partition.
             */
            partition?: string | null;
        };
        /**
         * ReplayResult
         * @description What a replay came to.
         */
        ReplayResult: {
            /**
             * Replayed
             * @description Rejects that became postings.
             */
            replayed: number;
            /**
             * Rejectedagain
             * @description Rejects that the present mapping refuses too.
             */
            rejectedAgain: number;
            /**
             * Message
             * @description The same and more, in a sentence.
             */
            message: string;
        };
        /**
         * RequestTokens
         * @description A request by annotation.
         */
        RequestTokens: {
            /**
             * Requested
             * @description Token of the newest request; null: none.
             */
            requested: string | null;
            /**
             * Handled
             * @description Token that was last acted on.
             */
            handled: string | null;
            /**
             * Pending
             * @description Whether the newest request was not acted on yet.
             */
            pending: boolean;
        };
        /**
         * Requests
         * @description The requests by annotation.
         */
        Requests: {
            run: components["schemas"]["RequestTokens"];
            retry: components["schemas"]["RequestTokens"];
            cancel: components["schemas"]["RequestTokens"];
            approveClose: components["schemas"]["RequestTokens"];
        };
        /**
         * RunDetail
         * @description A run, whole.
         */
        RunDetail: {
            /** Id */
            id: string;
            /** Sequence */
            sequence: number;
            /** Reason */
            reason: string;
            /** State */
            state: string;
            /**
             * Startedat
             * Format: date-time
             */
            startedAt: string;
            /** Finishedat */
            finishedAt: string | null;
            /** Verdict */
            verdict: string | null;
            /** Message */
            message: string;
            /** Pages */
            pages: number;
            /** Records */
            records: number;
            /** Inserted */
            inserted: number;
            /** Updated */
            updated: number;
            /** Unchanged */
            unchanged: number;
            /** Closed */
            closed: number;
            /** Reopened */
            reopened: number;
            /** Rejected */
            rejected: number;
            /** Failedpages */
            failedPages: number;
            /** Retries */
            retries: number;
            /**
             * Open
             * @description Open postings after the run; null before its end.
             */
            open: number | null;
            /** @description Null where the queue has no such run. */
            progress: components["schemas"]["RunProgress"] | null;
            /** Partitions */
            partitions: components["schemas"]["Partition"][];
            /** Coverage */
            coverage: {
                [key: string]: unknown;
            };
            /** Errors */
            errors: components["schemas"]["ErrorGroup"][];
            /**
             * Retryof
             * @description Run whose failed pages alone are walked again.
             */
            retryOf: string | null;
            /**
             * Retrypartition
             * @description Partition to which the retry is confined; null: to none.
             */
            retryPartition: string | null;
            /**
             * Unknown
             * @description What cannot be known right now, and why.
             */
            unknown: string[];
        };
        /**
         * RunEventInfo
         * @description A line of a run's log.
         */
        RunEventInfo: {
            /**
             * Id
             * @description Grows with time: pass the newest as `after`.
             */
            id: string;
            /**
             * At
             * Format: date-time
             */
            at: string;
            /**
             * Type
             * @description run.started, run.paused, run.resumed, run.cancelled, run.finished, task.retry, task.failed, task.recovered, page.done or page.failed.
             */
            type: string;
            /**
             * Text
             * @description What happened, in a sentence.
             */
            text: string;
            /** Data */
            data: {
                [key: string]: unknown;
            };
        };
        /**
         * RunEvents
         * @description Lines of a run's log, the oldest first.
         */
        RunEvents: {
            /** Items */
            items: components["schemas"]["RunEventInfo"][];
            /**
             * More
             * @description Whether there are more: ask again after the last id.
             */
            more: boolean;
        };
        /**
         * RunProgress
         * @description How far a run is.
         */
        RunProgress: {
            /**
             * Runid
             * @description The run.
             */
            runId: string;
            /**
             * State
             * @description running, paused, cancelled or finished.
             */
            state: string;
            /**
             * Pagesdone
             * @description Pages done.
             */
            pagesDone: number;
            /**
             * Pagestotal
             * @description Pages in all; null while that is unknown.
             */
            pagesTotal: number | null;
            /**
             * Pagesfailed
             * @description Pages that failed for good.
             */
            pagesFailed: number;
            /**
             * Records
             * @description Records seen.
             */
            records: number;
            /**
             * Inserted
             * @description New postings.
             */
            inserted: number;
            /**
             * Updated
             * @description Changed postings.
             */
            updated: number;
            /**
             * Unchanged
             * @description Postings that were as before.
             */
            unchanged: number;
            /**
             * Rejected
             * @description Records in quarantine.
             */
            rejected: number;
            /**
             * Retries
             * @description Tries after the first.
             */
            retries: number;
            /**
             * Crashes
             * @description Workers lost on the way.
             */
            crashes: number;
            /**
             * Waitingretry
             * @description Pages that wait for their next try.
             */
            waitingRetry: number;
            /**
             * Nextretryat
             * @description When the next of them is due.
             */
            nextRetryAt: string | null;
            /**
             * Lasterror
             * @description The newest error.
             */
            lastError: string | null;
        };
        /**
         * RunSummary
         * @description A run, as a list shows it.
         */
        RunSummary: {
            /** Id */
            id: string;
            /** Sequence */
            sequence: number;
            /** Reason */
            reason: string;
            /** State */
            state: string;
            /**
             * Startedat
             * Format: date-time
             */
            startedAt: string;
            /** Finishedat */
            finishedAt: string | null;
            /** Verdict */
            verdict: string | null;
            /** Message */
            message: string;
            /** Pages */
            pages: number;
            /** Records */
            records: number;
            /** Inserted */
            inserted: number;
            /** Updated */
            updated: number;
            /** Unchanged */
            unchanged: number;
            /** Closed */
            closed: number;
            /** Reopened */
            reopened: number;
            /** Rejected */
            rejected: number;
            /** Failedpages */
            failedPages: number;
            /** Retries */
            retries: number;
            /**
             * Open
             * @description Open postings after the run; null before its end.
             */
            open: number | null;
        };
        /**
         * Session
         * @description Who you are.
         */
        Session: {
            /**
             * Name
             * @description Your name, as the cluster knows you.
             */
            name: string;
            /**
             * Authmode
             * @description kubernetes or none.
             */
            authMode: string;
            /**
             * Mode
             * @description kubernetes or local.
             */
            mode: string;
        };
        /**
         * SpecProblem
         * @description One thing that is wrong with a manifest.
         */
        SpecProblem: {
            /**
             * Path
             * @description Field, such as spec.mapping.title; empty: the whole text.
             */
            path: string;
            /**
             * Message
             * @description What is wrong, and what to do.
             */
            message: string;
            /**
             * Line
             * @description Line of the text, from 1; null: it is not there.
             */
            line: number | null;
        };
        /**
         * TaskAnswer
         * @description Where a one-off task stands.
         */
        TaskAnswer: {
            /**
             * State
             * @enum {string}
             */
            state: "waiting" | "working" | "done" | "failed";
            /**
             * Result
             * @description Of a preview a PreviewResult, of a replay a ReplayResult; null before the end.
             */
            result: components["schemas"]["PreviewResult"] | components["schemas"]["ReplayResult"] | null;
            /**
             * Error
             * @description Why it failed, or last did before it is tried again.
             */
            error: string | null;
        };
        /**
         * ToApply
         * @description A manifest to create or change an import by.
         */
        ToApply: {
            /**
             * Manifest
             * @description One JobImport as YAML (or JSON) text.
             */
            manifest: string;
            /**
             * Dryrun
             * @description Only say what would come of it.
             * @default true
             */
            dryRun: boolean;
        };
        /**
         * Validated
         * @description What is wrong with a manifest, and what it comes to.
         */
        Validated: {
            /**
             * Problems
             * @description Empty: it can run.
             */
            problems: components["schemas"]["SpecProblem"][];
            /**
             * Effective
             * @description The manifest as YAML with its preset merged in; null while it cannot be read.
             */
            effective: string | null;
        };
        /**
         * Verdict
         * @description What a run can claim about completeness. Only COMPLETE ones may close postings.
         * @enum {string}
         */
        Verdict: "Complete" | "Unchanged" | "Empty" | "Incremental" | "Truncated" | "Partial" | "Held" | "Failed";
        /**
         * Why
         * @description Why a job is, or is not, among the postings.
         */
        Why: {
            /**
             * Answer
             * @enum {string}
             */
            answer: "Open" | "Closed" | "Rejected" | "Filtered" | "NeverSeen" | "Held";
            /**
             * Sentence
             * @description The answer, with what it rests on and what can be done.
             */
            sentence: string;
            record: components["schemas"]["RecordInfo"] | null;
            reject: components["schemas"]["RejectInfo"] | null;
        };
        /**
         * WorkerInfo
         * @description A worker.
         */
        WorkerInfo: {
            /** Id */
            id: string;
            /**
             * Busy
             * @description Tasks that it works on.
             */
            busy: number;
            /**
             * Slots
             * @description Tasks that it takes at a time.
             */
            slots: number;
            /** Draining */
            draining: boolean;
            /** Heartbeatagems */
            heartbeatAgeMs: number;
            /** Version */
            version: string;
        };
        /**
         * WorkersStatus
         * @description The pool that works for the import.
         */
        WorkersStatus: {
            /**
             * Deployment
             * @description Deployment of the pool.
             */
            deployment: string;
            /**
             * Desired
             * @description Workers wanted.
             */
            desired?: number | null;
            /**
             * Ready
             * @description Workers ready.
             */
            ready?: number | null;
            /**
             * Busy
             * @description Workers with a task.
             */
            busy?: number | null;
            /**
             * Reason
             * @description Why so many, in a sentence.
             * @default
             */
            reason: string;
        };
        /**
         * Written
         * @description A manifest to look at.
         */
        Written: {
            /**
             * Manifest
             * @description One JobImport as YAML (or JSON) text.
             */
            manifest: string;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
