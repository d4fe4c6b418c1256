// Written by `npm run types` from the server's OpenAPI document; do not edit.
export interface paths {
    "/api/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * ShowHealth
         * @description Whether data is loaded and can be queried, and how many records there are.
         *
         *     Answers everybody; where keys are required, counts are for those who show one.
         */
        get: operations["showHealth"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * ShowSession
         * @description Whether a key is needed here, and whose key the request shows.
         */
        get: operations["showSession"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/data/schema": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * ShowDataSchema
         * @description Per source: rows, the CSV's own headers, a sample and the members of key columns.
         */
        get: operations["showDataSchema"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/quick-insights": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * ShowQuickInsights
         * @description The headline numbers of the model; percents are 0 to 100.
         */
        get: operations["showQuickInsights"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/dashboard": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * ShowDashboard
         * @description The tiles of the model's dashboard and the pinned ones with their results.
         */
        get: operations["showDashboard"];
        put?: never;
        /**
         * FilterDashboard
         * @description The same for one period and for the rows that some conditions let through.
         */
        post: operations["filterDashboard"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/dashboard/pins": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * ListPins
         * @description What the asker has pinned.
         */
        get: operations["listPins"];
        put?: never;
        /**
         * PinTile
         * @description Pin a query to the dashboard; it is computed anew on the data of the day.
         */
        post: operations["pinTile"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/dashboard/pins/{pin_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * UnpinTile
         * @description Take a pinned tile off the dashboard.
         */
        delete: operations["unpinTile"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/query": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * AnswerQuestion
         * @description Answer a question: rows, charts, key figures and prose; or ask back, or refuse.
         */
        post: operations["answerQuestion"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/query/stream": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * StreamAnswer
         * @description The same as server-sent events, one per step; then `data: [DONE]`.
         */
        post: operations["streamAnswer"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/sql": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * RunSql
         * @description Run semantic SQL: one read-only SELECT over models; the rows it returns, or a file.
         */
        post: operations["runSql"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/sql/explain": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * ExplainSql
         * @description Compile semantic SQL without running it; the engine's SQL, or every issue found.
         */
        post: operations["explainSql"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/semantic/catalog": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * ShowCatalog
         * @description The models, dimensions, metrics, segments and relationships that can be asked for.
         */
        get: operations["showCatalog"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/semantic/values": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * ListValues
         * @description The members of a dimension, most frequent first.
         */
        get: operations["listValues"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/semantic/query": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * RunQuery
         * @description Run a query given as data: metrics, dimensions, filters, time, order, limit.
         */
        post: operations["runQuery"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/semantic/records": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * ListRecords
         * @description The rows behind one cell of a query's result, such as a bar of a chart.
         */
        post: operations["listRecords"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/analyses": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * ListAnalyses
         * @description The analyses with their parameters, columns and example questions.
         */
        get: operations["listAnalyses"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/analyses/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * RunAnalysis
         * @description Run one analysis with the given parameters; defaults for the others.
         */
        post: operations["runAnalysis"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/conversations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * ListConversations
         * @description The conversations, the one with the newest question first.
         */
        get: operations["listConversations"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/conversations/{conversation_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * GetConversation
         * @description The whole conversation with every answer as it was given.
         */
        get: operations["getConversation"];
        put?: never;
        post?: never;
        /**
         * DeleteConversation
         * @description Delete a conversation and its answers for good.
         */
        delete: operations["deleteConversation"];
        options?: never;
        head?: never;
        /**
         * RenameConversation
         * @description Give a conversation another title.
         */
        patch: operations["renameConversation"];
        trace?: never;
    };
    "/api/data/upload": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Upload
         * @description Load CSV files (multipart/form-data) as a new version: all of it happens, or nothing.
         *
         *     The form field `mode` (`replace` or `add`) is needed where a source has other files.
         */
        post: operations["upload"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/data/versions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * ListVersions
         * @description The published versions, newest first.
         */
        get: operations["listVersions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/data/versions/{number}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * GetVersion
         * @description One version and the files it was made from.
         */
        get: operations["getVersion"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/data/versions/{before}/compare/{after}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * CompareVersions
         * @description What changed between two versions: rows per source, and the headline metrics.
         */
        get: operations["compareVersions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/data/rollback": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * RollBack
         * @description Make an earlier version current again, by default the one before.
         */
        post: operations["rollBack"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/data/rejects": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * ListRejects
         * @description The lines and cells that are in no table, with the reason, in file order.
         */
        get: operations["listRejects"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/data/rejects/csv": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * DownloadRejects
         * @description All of them as CSV; a text that a spreadsheet would run begins with an apostrophe.
         */
        get: operations["downloadRejects"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/data/checks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * ListChecks
         * @description What the model claims about its data, proved or refuted on a version.
         */
        get: operations["listChecks"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/report/{conversation_id}/html": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * ShowReport
         * @description The report of a conversation as one self-contained page, as it is printed.
         */
        get: operations["showReport"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/report/pdf": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * PrintReport
         * @description The report of a conversation as PDF.
         */
        post: operations["printReport"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/report/dashboard/html": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * ShowDashboardReport
         * @description The dashboard of a day as one self-contained page, as it is printed.
         */
        get: operations["showDashboardReport"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/report/dashboard/pdf": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * PrintDashboard
         * @description The dashboard of a day as PDF.
         */
        post: operations["printDashboard"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/conversations/{conversation_id}/turns/{turn}/queries/{query_id}/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * ExportStoredQuery
         * @description A query of a stored answer as a file, run again on its own data version.
         */
        get: operations["exportStoredQuery"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/reports": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * ListReports
         * @description The report definitions, files and stored ones; those with mistakes among them.
         */
        get: operations["listReports"];
        put?: never;
        /**
         * PutReport
         * @description Keep a report definition, or replace the stored one of its name (200).
         */
        post: operations["putReport"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/reports/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * GetReport
         * @description One report definition, with the state of its alerts.
         */
        get: operations["getReport"];
        put?: never;
        post?: never;
        /**
         * DeleteReport
         * @description Delete a stored report definition; its runs stay on record.
         */
        delete: operations["deleteReport"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/reports/{name}/html": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * PreviewReport
         * @description The report as it would be now, as a page; nothing is sent or recorded as a run.
         */
        get: operations["previewReport"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/reports/{name}/pdf": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * PrintPreview
         * @description The report as it would be now, as PDF; nothing is sent or recorded as a run.
         */
        get: operations["printPreview"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/reports/{name}/runs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * ListReportRuns
         * @description The runs of a report, the newest first.
         */
        get: operations["listReportRuns"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/reports/{name}/runs/{run_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * GetRun
         * @description One run with its parts, alerts, files and deliveries.
         */
        get: operations["getRun"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/reports/{name}/runs/{run_id}/{file}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * DownloadFile
         * @description A file of a run, as it was sent.
         */
        get: operations["downloadFile"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/schedules": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * ListSchedules
         * @description The schedules with the moments they come next, the first one first.
         */
        get: operations["listSchedules"];
        put?: never;
        /**
         * AddSchedule
         * @description Run a report by itself: a cron expression on the clocks of a time zone.
         */
        post: operations["addSchedule"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/schedules/{schedule_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * DeleteSchedule
         * @description Remove a schedule; its runs stay on record.
         */
        delete: operations["deleteSchedule"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/schedules/{schedule_id}/runs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * ListRuns
         * @description The runs of a schedule, the newest first.
         */
        get: operations["listRuns"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/schedules/{schedule_id}/run": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * RunSchedule
         * @description Begin a run out of turn; the answer names it, its end is found among the runs.
         */
        post: operations["runSchedule"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** AlertBody */
        AlertBody: {
            name: string;
            state: string;
            changed_at: string | null;
            value: number | null;
            warehouse_version: number | null;
            run_id: string | null;
        };
        /**
         * AlertSpec
         * @description One metric against a line; sent once each time the line is crossed.
         */
        AlertSpec: {
            /** Name */
            name: string;
            /** Title */
            title?: string | null;
            /** Metric */
            metric: string;
            /** Segments */
            segments?: string[];
            /** Filters */
            filters?: (components["schemas"]["Filter"] | components["schemas"]["AnyOf"])[];
            /** Period */
            period?: ("day" | "week" | "month" | "quarter" | "year") | null;
            /** Time */
            time?: string | null;
            /** Above */
            above?: number | null;
            /** Below */
            below?: number | null;
            /** Rises By */
            rises_by?: string | null;
            /** Falls By */
            falls_by?: string | null;
        };
        /** AnalysisBody */
        AnalysisBody: {
            name: string;
            title: string;
            purpose: string;
            available: boolean;
            reason: string;
            parameters: components["schemas"]["ParameterBody"][];
            columns: components["schemas"]["AnalysisColumnBody"][];
            chart: components["schemas"]["ChartBody"];
            example_questions: string[];
        };
        /** AnalysisColumnBody */
        AnalysisColumnBody: {
            name: string;
            label: string;
            description: string;
        };
        /** AnalysisList */
        AnalysisList: {
            analyses: components["schemas"]["AnalysisBody"][];
        };
        /** AnalysisRequest */
        AnalysisRequest: {
            parameters?: {
                [key: string]: string | number | boolean | unknown[] | {
                    [key: string]: unknown;
                } | null;
            };
            as_of?: string | null;
        };
        /** AnalysisResultBody */
        AnalysisResultBody: {
            name: string;
            title: string;
            parameters: {
                [key: string]: unknown;
            };
            /** Format: date */
            as_of: string;
            columns: components["schemas"]["ColumnBody"][];
            rows: unknown[][];
            row_count: number;
            truncated: boolean;
            object: {
                [key: string]: unknown;
            } | null;
            chart: components["schemas"]["ChartBody"];
            semantic_sql: string;
            sql: string;
            warehouse_version: number;
            queries: components["schemas"]["QueryResult"][];
            sentences: string[];
        };
        /** Answer */
        Answer: {
            /** @enum {string} */
            status: "answered" | "clarification" | "refused" | "no_data";
            answer: string;
            conversation_id: string;
            has_context: boolean;
            queries: components["schemas"]["QueryBody"][];
            visualizations: components["schemas"]["Visualization"][];
            key_metrics: {
                [key: string]: components["schemas"]["KeyMetric"];
            };
            functions_executed: string[];
            execution_summary: string;
            data_sources: string[];
            streaming_complete: boolean;
            interpretation: string;
            follow_ups: string[];
            options: components["schemas"]["OptionBody"][];
            provenance: components["schemas"]["Provenance"];
        };
        /** AnswerDeltaEvent */
        AnswerDeltaEvent: {
            /** @constant */
            status: "answer_delta";
            text: string;
        };
        /**
         * AnyOf
         * @description Conditions of which one must hold; a segment may be among them.
         */
        AnyOf: {
            /** Any */
            any?: components["schemas"]["Filter"][];
            /** Segments */
            segments?: string[];
        };
        /**
         * AskableQuery
         * @description The body of POST /api/semantic/query: the query object and the clock of its answer.
         */
        AskableQuery: {
            /** Model */
            model?: string | null;
            /** Metrics */
            metrics?: string[];
            /** Dimensions */
            dimensions?: string[];
            /** Filters */
            filters?: (components["schemas"]["Filter"] | components["schemas"]["AnyOf"])[];
            /** Segments */
            segments?: string[];
            /** Excluded Segments */
            excluded_segments?: string[];
            /** Related */
            related?: components["schemas"]["Related"][];
            time?: components["schemas"]["TimeSpec"] | null;
            /** Share */
            share?: boolean;
            part?: components["schemas"]["Part"] | null;
            /** Having */
            having?: components["schemas"]["Having"][];
            /** Order By */
            order_by?: components["schemas"]["OrderBy"][];
            /** Limit */
            limit?: number | null;
            /** Place */
            place?: number | null;
            /** Limit Per */
            limit_per?: string[];
            /** Overall */
            overall?: ("count" | "sum" | "avg" | "median" | "min" | "max" | "stddev") | null;
            /** Detail */
            detail?: boolean;
            /** As Of */
            as_of?: string | null;
        };
        /** CalendarView */
        CalendarView: {
            fiscal_year_start: string;
            week_start: string;
            timezone: string;
        };
        /** CatalogView */
        CatalogView: {
            name: string;
            label: string;
            description: string;
            currency: string;
            calendar: components["schemas"]["CalendarView"];
            warehouse_version: number;
            models: components["schemas"]["ModelView"][];
            relationships: components["schemas"]["RelationshipView"][];
            verified_questions: string[];
            quick_questions: components["schemas"]["QuickQuestion"][];
        };
        /** ChartBody */
        ChartBody: {
            type: string;
            x: string;
            y: string[];
        };
        /** CheckBody */
        CheckBody: {
            name: string;
            ok: boolean;
            severity: string;
            message: string;
            rows: number;
        };
        /** CheckList */
        CheckList: {
            version: number;
            errors: number;
            warnings: number;
            checks: components["schemas"]["CheckBody"][];
        };
        /** Column */
        Column: {
            name: string;
            label: string;
            type: string;
            role: string;
            format: string;
            grain?: string;
        };
        /** ColumnBody */
        ColumnBody: {
            name: string;
            label: string;
            type: string;
            role: string;
            format: string;
            grain?: string;
        };
        /** Comparison */
        Comparison: {
            before: components["schemas"]["VersionBody"];
            after: components["schemas"]["VersionBody"];
            /** Format: date */
            as_of: string;
            sources: components["schemas"]["SourceChange"][];
            metrics: components["schemas"]["MetricChange"][];
        };
        /** CompleteEvent */
        CompleteEvent: {
            answer: string;
            conversation_id: string;
            has_context: boolean;
            queries: components["schemas"]["QueryBody"][];
            visualizations: components["schemas"]["Visualization"][];
            key_metrics: {
                [key: string]: components["schemas"]["KeyMetric"];
            };
            functions_executed: string[];
            execution_summary: string;
            data_sources: string[];
            streaming_complete: boolean;
            interpretation: string;
            follow_ups: string[];
            options: components["schemas"]["OptionBody"][];
            provenance: components["schemas"]["Provenance"];
            /** @constant */
            status: "complete";
            /** @enum {string} */
            outcome: "answered" | "clarification" | "refused" | "no_data";
        };
        /**
         * ConditionSpec
         * @description When a report is sent at all; every part given must hold.
         */
        ConditionSpec: {
            /** Only If */
            only_if?: string | null;
            /** Data Not Older Than */
            data_not_older_than?: string | null;
        };
        /** ConversationBody */
        ConversationBody: {
            conversation_id: string;
            title: string;
            created_at: string;
            updated_at: string;
            turns: components["schemas"]["TurnBody"][];
        };
        /** ConversationLine */
        ConversationLine: {
            conversation_id: string;
            title: string;
            timestamp: string;
            query: string;
            functions_count: number;
            visualizations_count: number;
            turn_count: number;
        };
        /** ConversationList */
        ConversationList: {
            conversations: components["schemas"]["ConversationLine"][];
        };
        /** CreatingVisualizationsEvent */
        CreatingVisualizationsEvent: {
            /** @constant */
            status: "creating_visualizations";
            count: number;
        };
        /** DashboardBody */
        DashboardBody: {
            /** Format: date */
            as_of: string;
            warehouse_version: number;
            tiles: components["schemas"]["TileBody"][];
        };
        /** DashboardPdfRequest */
        DashboardPdfRequest: {
            as_of?: string | null;
            title?: string | null;
            /** @enum {null|string} */
            paper?: "a4" | "letter" | null;
        };
        /**
         * DashboardRequest
         * @description POST /api/dashboard: the clock, the period and the rows that all tiles are made of.
         */
        DashboardRequest: {
            /** As Of */
            as_of?: string | null;
            period?: components["schemas"]["TimeRange"] | null;
            /** Filters */
            filters?: (components["schemas"]["Filter"] | components["schemas"]["AnyOf"])[];
            /** Segments */
            segments?: string[];
        };
        /** Deleted */
        Deleted: {
            conversation_id: string;
            /** @default true */
            deleted: boolean;
        };
        /** DeliveryBody */
        DeliveryBody: {
            item: string;
            channel: string;
            recipient: string;
            status: string;
            tries: number;
            next_try_at: string | null;
            sent_at: string | null;
            problem: string | null;
        };
        /** DimensionValues */
        DimensionValues: {
            dimension: string;
            values: components["schemas"]["MemberCount"][];
            truncated: boolean;
        };
        /** DimensionView */
        DimensionView: {
            name: string;
            qualified_name: string;
            label: string;
            description: string;
            synonyms: string[];
            type: string;
            format: string;
            order: string[];
            columns: string[];
        };
        /** ErrorEvent */
        ErrorEvent: {
            /** @constant */
            status: "error";
            error: string;
            problem: components["schemas"]["Problem"];
        };
        /** ExplainRequest */
        ExplainRequest: {
            sql: string;
            as_of?: string | null;
            limit?: number | null;
        };
        /** Explanation */
        Explanation: {
            valid: boolean;
            semantic_sql: string;
            sql: string | null;
            parameters: {
                [key: string]: unknown;
            };
            columns: components["schemas"]["ColumnBody"][];
            lineage: components["schemas"]["LineageBody"] | null;
            issues: components["schemas"]["IssueBody"][];
            warehouse_version: number | null;
            as_of: string | null;
        };
        /** FileBody */
        FileBody: {
            source: string;
            file: string;
            sha256: string;
            bytes: number;
            records: number;
            accepted: number;
            rejected: number;
            /** Format: date-time */
            modified_at: string;
        };
        /**
         * Filter
         * @description One condition on a dimension; `!=` and `not_in` keep the rows without a value.
         */
        Filter: {
            /** Dimension */
            dimension: string;
            /**
             * Op
             * @default =
             * @enum {string}
             */
            op: "=" | "!=" | ">" | ">=" | "<" | "<=" | "in" | "not_in" | "between" | "contains" | "not_contains" | "starts_with" | "is_null" | "is_not_null";
            /** Values */
            values?: (boolean | number | string)[];
        };
        /** FunctionCallEvent */
        FunctionCallEvent: {
            /** @constant */
            status: "function_call";
            current_function: string;
            semantic_sql?: string;
        };
        /** FunctionCompleteEvent */
        FunctionCompleteEvent: {
            /** @constant */
            status: "function_complete";
            current_function: string;
            row_count: number;
            failed?: boolean;
        };
        /** GeneratingResponseEvent */
        GeneratingResponseEvent: {
            /** @constant */
            status: "generating_response";
        };
        /**
         * Having
         * @description A condition on a metric of each group.
         */
        Having: {
            /** Metric */
            metric: string;
            /**
             * Op
             * @enum {string}
             */
            op: "=" | "!=" | ">" | ">=" | "<" | "<=";
            /** Value */
            value: number | string;
        };
        /** Health */
        Health: {
            /** @enum {string} */
            status: "healthy" | "degraded";
            data_loaded: boolean;
            timestamp: string;
            records_count: {
                [key: string]: number | null;
            };
            version: string;
            warehouse: components["schemas"]["WarehouseState"];
            planner: string;
            model: string | null;
        };
        /** IssueBody */
        IssueBody: {
            code: string;
            message: string;
            where?: string;
            hint?: string;
            line?: number | null;
            column?: number | null;
            start?: number | null;
            end?: number | null;
            suggestions?: string[];
        };
        /** KeyMetric */
        KeyMetric: {
            value: unknown;
            label: string;
            /** @enum {string} */
            format: "currency" | "percentage" | "number";
            /** @enum {null|string} */
            trend?: "up" | "down" | "stable" | null;
        };
        /** LineageBody */
        LineageBody: {
            models: string[];
            metrics: string[];
            dimensions: string[];
            segments: string[];
            columns: string[];
            sources: string[];
        };
        /** LoadReport */
        LoadReport: {
            version: components["schemas"]["VersionBody"];
            files: components["schemas"]["FileBody"][];
        };
        /** MemberCount */
        MemberCount: {
            value: unknown;
            count: number;
        };
        /** MetricChange */
        MetricChange: {
            metric: string;
            label: string;
            format: string;
            before: number | null;
            after: number | null;
        };
        /** MetricView */
        MetricView: {
            name: string;
            label: string;
            description: string;
            synonyms: string[];
            kind: string;
            formula: string;
            format: string;
            better: string;
            models: string[];
            columns: string[];
            sources: string[];
        };
        /** ModelView */
        ModelView: {
            name: string;
            label: string;
            description: string;
            synonyms: string[];
            primary_key: string;
            time: string | null;
            neighbours: string[];
            dimensions: components["schemas"]["DimensionView"][];
            segments: components["schemas"]["SegmentView"][];
            metrics: components["schemas"]["MetricView"][];
        };
        /**
         * NamedReportSpec
         * @description The body of POST /api/reports: a definition and its name.
         */
        NamedReportSpec: {
            /** Title */
            title: string;
            /** Description */
            description?: string;
            /**
             * As Of
             * @default today
             */
            as_of: string;
            /** Roles */
            roles?: string[];
            /** Parameters */
            parameters?: {
                [key: string]: string | boolean | number;
            };
            /** Sections */
            sections?: components["schemas"]["SectionSpec"][];
            /** Alerts */
            alerts?: components["schemas"]["AlertSpec"][];
            /**
             * @default {
             *       "email": [],
             *       "folder": [],
             *       "webhook": []
             *     }
             */
            recipients: components["schemas"]["RecipientsSpec"];
            /**
             * Formats
             * @default [
             *       "pdf"
             *     ]
             */
            formats: ("pdf" | "html" | "xlsx" | "csv")[];
            /** Paper */
            paper?: ("a4" | "letter") | null;
            condition?: components["schemas"]["ConditionSpec"] | null;
            /** Name */
            name: string;
        };
        /** OptionBody */
        OptionBody: {
            label: string;
            question: string;
            preview: string;
        };
        /**
         * OrderBy
         * @description One item of the order, by metric or dimension.
         */
        OrderBy: {
            /** Name */
            name: string;
            /**
             * Direction
             * @default desc
             * @enum {string}
             */
            direction: "asc" | "desc";
        };
        /** ParameterBody */
        ParameterBody: {
            name: string;
            type: string;
            description: string;
            required: boolean;
            default: string | number | null;
            min: number | null;
            max: number | null;
            members_of: string | null;
        };
        /**
         * Part
         * @description The part whose share of the whole is asked.
         */
        Part: {
            /** Segments */
            segments?: string[];
            /** Filters */
            filters?: (components["schemas"]["Filter"] | components["schemas"]["AnyOf"])[];
            /** Excluded Segments */
            excluded_segments?: string[];
        };
        /** PdfRequest */
        PdfRequest: {
            conversation_id: string;
            title?: string | null;
            /** @default true */
            include_visualizations: boolean;
            /** @default true */
            include_insights: boolean;
            /** @enum {null|string} */
            paper?: "a4" | "letter" | null;
        };
        /** PinBody */
        PinBody: {
            id: string;
            title: string;
            /** @enum {null|string} */
            chart: "bar" | "pie" | "line" | "table" | "metrics" | null;
            semantic_sql: string | null;
            query: components["schemas"]["SemanticQuery"] | null;
            created_at: string;
        };
        /** PinList */
        PinList: {
            pins: components["schemas"]["PinBody"][];
        };
        /**
         * PinRequest
         * @description POST /api/dashboard/pins: a title and either semantic SQL or a query object.
         */
        PinRequest: {
            /** Title */
            title: string;
            /** Chart */
            chart?: ("bar" | "pie" | "line" | "table" | "metrics") | null;
            /** Semantic Sql */
            semantic_sql?: string | null;
            query?: components["schemas"]["SemanticQuery"] | null;
        };
        /** Problem */
        Problem: {
            type: string;
            title: string;
            status: number;
            detail: string;
            code: string;
            issues: components["schemas"]["IssueBody"][];
        };
        /** ProcessingEvent */
        ProcessingEvent: {
            /** @constant */
            status: "processing";
            message: string;
        };
        /** Provenance */
        Provenance: {
            warehouse_version: number | null;
            model_version: string;
            /** Format: date */
            as_of: string;
            planner: string;
            model: string | null;
            unverified_numbers: string[];
            usage?: components["schemas"]["UsageBody"] | null;
        };
        /** QueryBody */
        QueryBody: {
            id: string;
            title: string;
            semantic_sql: string;
            sql: string;
            parameters: {
                [key: string]: unknown;
            };
            columns: components["schemas"]["Column"][];
            rows: unknown[][];
            row_count: number;
            truncated: boolean;
            elapsed_ms: number;
            cached: boolean;
        };
        /** QueryResult */
        QueryResult: {
            id: string;
            title: string;
            semantic_sql: string;
            sql: string;
            parameters: {
                [key: string]: unknown;
            };
            columns: components["schemas"]["ColumnBody"][];
            rows: unknown[][];
            row_count: number;
            truncated: boolean;
            elapsed_ms: number;
            cached: boolean;
            data_sources: string[];
            lineage: components["schemas"]["LineageBody"];
            warehouse_version: number;
            /** Format: date */
            as_of: string;
        };
        /** QuestionRequest */
        QuestionRequest: {
            question: string;
            conversation_id?: string | null;
            max_iterations?: number | null;
            as_of?: string | null;
        };
        /** QuickQuestion */
        QuickQuestion: {
            question: string;
            title: string;
            /** @enum {null|string} */
            chart: "bar" | "pie" | "line" | "table" | "metrics" | null;
        };
        /**
         * RecipientsSpec
         * @description Who gets it, by channel.
         */
        RecipientsSpec: {
            /** Email */
            email?: string[];
            /** Folder */
            folder?: string[];
            /** Webhook */
            webhook?: components["schemas"]["WebhookSpec"][];
        };
        /**
         * RecordsRequest
         * @description POST /api/semantic/records: the query that was run, and the cell that is meant.
         */
        RecordsRequest: {
            query: components["schemas"]["SemanticQuery"];
            /** Metric */
            metric?: string | null;
            /** Members */
            members?: {
                [key: string]: boolean | number | string | null;
            };
            /** As Of */
            as_of?: string | null;
            /** Limit */
            limit?: number | null;
        };
        /** RejectBody */
        RejectBody: {
            source: string;
            file: string;
            line: number;
            column: string;
            value: string;
            reason: string;
            message: string;
        };
        /** RejectList */
        RejectList: {
            version: number;
            rejects: components["schemas"]["RejectBody"][];
            offset: number;
            has_more: boolean;
            reasons: components["schemas"]["RejectReason"][];
        };
        /** RejectReason */
        RejectReason: {
            source: string;
            file: string;
            column: string;
            reason: string;
            count: number;
            first_line: number;
        };
        /**
         * Related
         * @description Rows that have, or do not have, a row in a related model.
         */
        Related: {
            /** Model */
            model: string;
            /**
             * Exists
             * @default true
             */
            exists: boolean;
            /** Segments */
            segments?: string[];
            /** Filters */
            filters?: components["schemas"]["Filter"][];
        };
        /** RelationshipView */
        RelationshipView: {
            name: string;
            from: string;
            to: string;
            type: string;
        };
        /** Removed */
        Removed: {
            id: string;
            /** @default true */
            deleted: boolean;
        };
        /** RenameRequest */
        RenameRequest: {
            title: string;
        };
        /** Renamed */
        Renamed: {
            conversation_id: string;
            title: string;
        };
        /** ReportBody */
        ReportBody: {
            name: string;
            origin: string;
            title: string;
            definition: {
                [key: string]: unknown;
            } | null;
            roles: string[];
            alerts: components["schemas"]["AlertBody"][];
            issues: components["schemas"]["IssueBody"][];
        };
        /** ReportList */
        ReportList: {
            reports: components["schemas"]["ReportBody"][];
        };
        /** RollbackRequest */
        RollbackRequest: {
            to?: number | null;
        };
        /** RunBody */
        RunBody: {
            id: string;
            report: string;
            schedule_id: string | null;
            slot: string | null;
            status: string;
            attempts: number;
            created_at: string;
            started_at: string | null;
            finished_at: string | null;
            elapsed_ms: number | null;
            next_try_at: string | null;
            as_of: string | null;
            warehouse_version: number | null;
            problem: {
                [key: string]: unknown;
            } | null;
            skipped: string | null;
            parts: {
                [key: string]: unknown;
            }[];
            alerts: {
                [key: string]: unknown;
            }[];
            notes: string[];
            files: components["schemas"]["RunFileBody"][];
            deliveries: components["schemas"]["DeliveryBody"][];
        };
        /** RunFileBody */
        RunFileBody: {
            name: string;
            format: string;
            bytes: number;
            sha256: string;
            href: string;
        };
        /** RunList */
        RunList: {
            runs: components["schemas"]["RunBody"][];
        };
        /** ScheduleBody */
        ScheduleBody: {
            id: string;
            report: string;
            cron: string;
            timezone: string;
            parameters: {
                [key: string]: unknown;
            };
            created_at: string;
            next_runs: string[];
            last_run: components["schemas"]["RunBody"] | null;
            problem: string;
        };
        /** ScheduleList */
        ScheduleList: {
            schedules: components["schemas"]["ScheduleBody"][];
        };
        /** ScheduleRequest */
        ScheduleRequest: {
            report: string;
            cron: string;
            /** @default UTC */
            timezone: string;
            parameters?: {
                [key: string]: string | boolean | number;
            };
        };
        /**
         * SectionSpec
         * @description One part of a report: exactly one of question, analysis, sql, query and dashboard.
         */
        SectionSpec: {
            /** Title */
            title?: string | null;
            /** Question */
            question?: string | null;
            /** Analysis */
            analysis?: string | null;
            /** Sql */
            sql?: string | null;
            query?: components["schemas"]["SemanticQuery"] | null;
            /** Dashboard */
            dashboard?: boolean;
            /** Parameters */
            parameters?: {
                [key: string]: string | boolean | number | null;
            };
        };
        /** SegmentView */
        SegmentView: {
            name: string;
            label: string;
            description: string;
            synonyms: string[];
            filter: string;
        };
        /**
         * SemanticQuery
         * @description One question to the semantic model. Its JSON is the body of `POST /api/semantic/query`.
         */
        SemanticQuery: {
            /** Model */
            model?: string | null;
            /** Metrics */
            metrics?: string[];
            /** Dimensions */
            dimensions?: string[];
            /** Filters */
            filters?: (components["schemas"]["Filter"] | components["schemas"]["AnyOf"])[];
            /** Segments */
            segments?: string[];
            /** Excluded Segments */
            excluded_segments?: string[];
            /** Related */
            related?: components["schemas"]["Related"][];
            time?: components["schemas"]["TimeSpec"] | null;
            /** Share */
            share?: boolean;
            part?: components["schemas"]["Part"] | null;
            /** Having */
            having?: components["schemas"]["Having"][];
            /** Order By */
            order_by?: components["schemas"]["OrderBy"][];
            /** Limit */
            limit?: number | null;
            /** Place */
            place?: number | null;
            /** Limit Per */
            limit_per?: string[];
            /** Overall */
            overall?: ("count" | "sum" | "avg" | "median" | "min" | "max" | "stddev") | null;
            /** Detail */
            detail?: boolean;
        };
        /** Session */
        Session: {
            key_required: boolean;
            signed_in: boolean;
            name: string | null;
            roles: string[];
            may_manage_data: boolean;
        };
        /** SourceChange */
        SourceChange: {
            source: string;
            before: number;
            after: number;
            added: number;
            removed: number;
        };
        /** SourceDescription */
        SourceDescription: {
            count: number | null;
            columns: string[];
            sample: {
                [key: string]: unknown;
            }[];
        };
        /** SqlRequest */
        SqlRequest: {
            sql: string;
            as_of?: string | null;
            limit?: number | null;
            /**
             * @default json
             * @enum {string}
             */
            format: "json" | "csv" | "xlsx" | "parquet";
        };
        /** StartedEvent */
        StartedEvent: {
            /** @constant */
            status: "started";
            conversation_id: string;
        };
        /** TileBody */
        TileBody: {
            id: string;
            title: string;
            /** @enum {null|string} */
            chart_type: "bar" | "pie" | "line" | "table" | "metrics" | null;
            query: components["schemas"]["QueryResult"] | null;
            visualization: components["schemas"]["Visualization"] | null;
            key_metrics: {
                [key: string]: components["schemas"]["KeyMetric"];
            };
            query_object: components["schemas"]["SemanticQuery"] | null;
            is_filtered: boolean;
            pin_id: string | null;
            problem: components["schemas"]["Problem"] | null;
        };
        /**
         * TimeRange
         * @description Half-open: `start` belongs to it, `end` does not; either may be open.
         */
        TimeRange: {
            /** Start */
            start?: string | null;
            /** End */
            end?: string | null;
        };
        /**
         * TimeSpec
         * @description Which dates count, at which grain they are shown, and what they are compared with.
         */
        TimeSpec: {
            /** Dimension */
            dimension?: string | null;
            range?: components["schemas"]["TimeRange"] | null;
            /** Grain */
            grain?: ("day" | "week" | "month" | "quarter" | "year" | "fiscal_quarter" | "fiscal_year") | null;
            /** Compare */
            compare?: ("prior_period" | "prior_year") | components["schemas"]["TimeRange"] | null;
        };
        /** TurnBody */
        TurnBody: {
            number: number;
            question: string;
            status: string;
            answer: components["schemas"]["Answer"];
            created_at: string;
            elapsed_ms: number;
        };
        /** Unpinned */
        Unpinned: {
            id: string;
            /** @default true */
            deleted: boolean;
        };
        /** UsageBody */
        UsageBody: {
            input_tokens: number;
            cached_tokens: number;
            output_tokens: number;
            cost: number;
            completions: number;
        };
        /** VersionBody */
        VersionBody: {
            version: number;
            /** Format: date-time */
            created_at: string;
            model_version: string;
            duckdb_version: string;
            storage_version: string;
            records: number;
            accepted: number;
            rejected: number;
            is_current: boolean;
        };
        /** VersionDetail */
        VersionDetail: {
            version: components["schemas"]["VersionBody"];
            files: components["schemas"]["FileBody"][];
        };
        /** VersionList */
        VersionList: {
            versions: components["schemas"]["VersionBody"][];
        };
        /** Visualization */
        Visualization: {
            title: string;
            description: string;
            /** @enum {string} */
            chart_type: "bar" | "pie" | "line" | "table" | "metrics";
            data: {
                [key: string]: unknown;
            }[];
            key_insights: string[];
            source_functions: string[];
            data_sources: string[];
            query_id: string;
            spec: {
                [key: string]: unknown;
            };
        };
        /** WarehouseState */
        WarehouseState: {
            version: number | null;
            /** @enum {string} */
            status: "published" | "empty";
        };
        /**
         * WebhookSpec
         * @description An address that takes JSON, and whose JSON it is.
         */
        WebhookSpec: {
            /** Url */
            url: string;
            /**
             * Kind
             * @default json
             * @enum {string}
             */
            kind: "slack" | "teams" | "json";
        };
        /** @description One event; each `data:` line before `[DONE]` holds one. */
        StreamEvent: components["schemas"]["StartedEvent"] | components["schemas"]["ProcessingEvent"] | components["schemas"]["FunctionCallEvent"] | components["schemas"]["FunctionCompleteEvent"] | components["schemas"]["CreatingVisualizationsEvent"] | components["schemas"]["GeneratingResponseEvent"] | components["schemas"]["AnswerDeltaEvent"] | components["schemas"]["CompleteEvent"] | components["schemas"]["ErrorEvent"];
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    showHealth: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
            /** @description Why it was not done (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    showSession: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
            /** @description Why it was not done (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    showDataSchema: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description By source */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: components["schemas"]["SourceDescription"];
                    };
                };
            };
            /** @description Why it was not done (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    showQuickInsights: {
        parameters: {
            query?: {
                as_of?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: number | null;
                    };
                };
            };
            /** @description Why it was not done (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    showDashboard: {
        parameters: {
            query?: {
                as_of?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DashboardBody"];
                };
            };
            /** @description Why it was not done (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    filterDashboard: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DashboardRequest"];
            };
        };
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DashboardBody"];
                };
            };
            /** @description Why it was not done (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listPins: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PinList"];
                };
            };
            /** @description Why it was not done (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    pinTile: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PinRequest"];
            };
        };
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PinBody"];
                };
            };
            /** @description Why it was not done (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    unpinTile: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                pin_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Unpinned"];
                };
            };
            /** @description Why it was not done (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    answerQuestion: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["QuestionRequest"];
            };
        };
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Answer"];
                };
            };
            /** @description Why it was not done (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    streamAnswer: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["QuestionRequest"];
            };
        };
        responses: {
            /** @description Server-sent events */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": components["schemas"]["StreamEvent"];
                };
            };
            /** @description Why it was not done (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    runSql: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SqlRequest"];
            };
        };
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["QueryResult"];
                };
            };
            /** @description Why it was not done (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    explainSql: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ExplainRequest"];
            };
        };
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Explanation"];
                };
            };
            /** @description Why it was not done (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    showCatalog: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CatalogView"];
                };
            };
            /** @description Why it was not done (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listValues: {
        parameters: {
            query: {
                dimension: string;
                search?: string;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DimensionValues"];
                };
            };
            /** @description Why it was not done (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    runQuery: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AskableQuery"];
            };
        };
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["QueryResult"];
                };
            };
            /** @description Why it was not done (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listRecords: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RecordsRequest"];
            };
        };
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["QueryResult"];
                };
            };
            /** @description Why it was not done (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listAnalyses: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AnalysisList"];
                };
            };
            /** @description Why it was not done (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    runAnalysis: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AnalysisRequest"];
            };
        };
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AnalysisResultBody"];
                };
            };
            /** @description Why it was not done (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listConversations: {
        parameters: {
            query?: {
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConversationList"];
                };
            };
            /** @description Why it was not done (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getConversation: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                conversation_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConversationBody"];
                };
            };
            /** @description Why it was not done (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteConversation: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                conversation_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Deleted"];
                };
            };
            /** @description Why it was not done (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    renameConversation: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                conversation_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RenameRequest"];
            };
        };
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Renamed"];
                };
            };
            /** @description Why it was not done (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    upload: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "multipart/form-data": {
                    /** @description CSV files; the name of the form field does not matter. */
                    files?: string[];
                    /**
                     * @description Needed where a source has other files already.
                     * @enum {unknown}
                     */
                    mode?: "replace" | "add";
                };
            };
        };
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LoadReport"];
                };
            };
            /** @description Why it was not done (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listVersions: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VersionList"];
                };
            };
            /** @description Why it was not done (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getVersion: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                number: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VersionDetail"];
                };
            };
            /** @description Why it was not done (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    compareVersions: {
        parameters: {
            query?: {
                as_of?: string | null;
            };
            header?: never;
            path: {
                before: number;
                after: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Comparison"];
                };
            };
            /** @description Why it was not done (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    rollBack: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RollbackRequest"];
            };
        };
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VersionBody"];
                };
            };
            /** @description Why it was not done (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listRejects: {
        parameters: {
            query?: {
                source?: string | null;
                limit?: number;
                offset?: number;
                version?: number | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RejectList"];
                };
            };
            /** @description Why it was not done (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    downloadRejects: {
        parameters: {
            query?: {
                source?: string | null;
                version?: number | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All rejects */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/csv": string;
                };
            };
            /** @description Why it was not done (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listChecks: {
        parameters: {
            query?: {
                version?: number | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CheckList"];
                };
            };
            /** @description Why it was not done (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    showReport: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                conversation_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                };
            };
            /** @description Why it was not done (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    printReport: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PdfRequest"];
            };
        };
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/pdf": string;
                };
            };
            /** @description Why it was not done (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    showDashboardReport: {
        parameters: {
            query?: {
                as_of?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                };
            };
            /** @description Why it was not done (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    printDashboard: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DashboardPdfRequest"];
            };
        };
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/pdf": string;
                };
            };
            /** @description Why it was not done (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    exportStoredQuery: {
        parameters: {
            query?: {
                format?: "csv" | "xlsx" | "parquet";
            };
            header?: never;
            path: {
                conversation_id: string;
                turn: number;
                query_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": string;
                };
            };
            /** @description Why it was not done (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listReports: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReportList"];
                };
            };
            /** @description Why it was not done (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    putReport: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NamedReportSpec"];
            };
        };
        responses: {
            /** @description Replaced */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReportBody"];
                };
            };
            /** @description Document created, URL follows */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReportBody"];
                };
            };
            /** @description Why it was not done (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getReport: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReportBody"];
                };
            };
            /** @description Why it was not done (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteReport: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Removed"];
                };
            };
            /** @description Why it was not done (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    previewReport: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                };
            };
            /** @description Why it was not done (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    printPreview: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/pdf": string;
                };
            };
            /** @description Why it was not done (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listReportRuns: {
        parameters: {
            query?: {
                limit?: number;
            };
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunList"];
                };
            };
            /** @description Why it was not done (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getRun: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
                run_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunBody"];
                };
            };
            /** @description Why it was not done (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    downloadFile: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
                run_id: string;
                file: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description File Download */
            200: {
                headers: {
                    /** @description File size in bytes */
                    "content-length"?: string;
                    /** @description Last modified data-time in RFC 2822 format */
                    "last-modified"?: string;
                    /** @description Entity tag */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": string;
                };
            };
            /** @description Why it was not done (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listSchedules: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ScheduleList"];
                };
            };
            /** @description Why it was not done (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    addSchedule: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ScheduleRequest"];
            };
        };
        responses: {
            /** @description Document created, URL follows */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ScheduleBody"];
                };
            };
            /** @description Why it was not done (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteSchedule: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                schedule_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Removed"];
                };
            };
            /** @description Why it was not done (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listRuns: {
        parameters: {
            query?: {
                limit?: number;
            };
            header?: never;
            path: {
                schedule_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunList"];
                };
            };
            /** @description Why it was not done (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    runSchedule: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                schedule_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Request accepted, processing continues off-line */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunBody"];
                };
            };
            /** @description Why it was not done (RFC 9457). */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
}
