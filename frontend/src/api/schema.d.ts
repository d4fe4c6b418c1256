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
         * @description The tiles of the model's dashboard with their results.
         */
        get: operations["showDashboard"];
        put?: never;
        post?: never;
        delete?: never;
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
         * @description Run semantic SQL: one read-only SELECT over models; the rows it returns.
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
        patch?: never;
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
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
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
        AnalysisColumnBody: {
            name: string;
            label: string;
            description: string;
        };
        AnalysisList: {
            analyses: components["schemas"]["AnalysisBody"][];
        };
        AnalysisRequest: {
            parameters?: {
                [key: string]: string | number | boolean | unknown[] | {
                    [key: string]: unknown;
                } | null;
            };
            as_of?: string | null;
        };
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
        AnswerDeltaEvent: {
            /** @constant */
            status: "answer_delta";
            text: string;
        };
        /** @description Conditions of which one must hold; a segment may be among them. */
        AnyOf: {
            any?: components["schemas"]["Filter"][];
            segments?: string[];
        };
        /** @description The body of POST /api/semantic/query: the query object and the clock of its answer. */
        AskableQuery: {
            model?: string | null;
            metrics?: string[];
            dimensions?: string[];
            filters?: (components["schemas"]["Filter"] | components["schemas"]["AnyOf"])[];
            segments?: string[];
            excluded_segments?: string[];
            related?: components["schemas"]["Related"][];
            time?: components["schemas"]["TimeSpec"] | null;
            share?: boolean;
            part?: components["schemas"]["Part"] | null;
            having?: components["schemas"]["Having"][];
            order_by?: components["schemas"]["OrderBy"][];
            limit?: number | null;
            limit_per?: string[];
            detail?: boolean;
            as_of?: string | null;
        };
        CalendarView: {
            fiscal_year_start: string;
            week_start: string;
            timezone: string;
        };
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
        };
        ChartBody: {
            type: string;
            x: string;
            y: string[];
        };
        Column: {
            name: string;
            label: string;
            type: string;
            role: string;
            format: string;
        };
        ColumnBody: {
            name: string;
            label: string;
            type: string;
            role: string;
            format: string;
            grain?: string;
        };
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
        ConversationBody: {
            conversation_id: string;
            title: string;
            created_at: string;
            updated_at: string;
            turns: components["schemas"]["TurnBody"][];
        };
        ConversationLine: {
            conversation_id: string;
            timestamp: string;
            query: string;
            functions_count: number;
            visualizations_count: number;
            turn_count: number;
        };
        ConversationList: {
            conversations: components["schemas"]["ConversationLine"][];
        };
        CreatingVisualizationsEvent: {
            /** @constant */
            status: "creating_visualizations";
            count: number;
        };
        DashboardBody: {
            /** Format: date */
            as_of: string;
            warehouse_version: number;
            tiles: components["schemas"]["TileBody"][];
        };
        Deleted: {
            conversation_id: string;
            /** @default true */
            deleted: boolean;
        };
        DimensionValues: {
            dimension: string;
            values: components["schemas"]["MemberCount"][];
            truncated: boolean;
        };
        DimensionView: {
            name: string;
            qualified_name: string;
            label: string;
            description: string;
            synonyms: string[];
            type: string;
            format: string;
            order: string[];
        };
        ErrorEvent: {
            /** @constant */
            status: "error";
            error: string;
            problem: components["schemas"]["Problem"];
        };
        ExplainRequest: {
            sql: string;
            as_of?: string | null;
            limit?: number | null;
        };
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
        /** @description One condition on a dimension; `!=` and `not_in` keep the rows without a value. */
        Filter: {
            dimension: string;
            /**
             * @default =
             * @enum {string}
             */
            op: "=" | "!=" | ">" | ">=" | "<" | "<=" | "in" | "not_in" | "between" | "contains" | "not_contains" | "starts_with" | "is_null" | "is_not_null";
            values?: (boolean | number | string)[];
        };
        FunctionCallEvent: {
            /** @constant */
            status: "function_call";
            current_function: string;
            semantic_sql?: string;
        };
        FunctionCompleteEvent: {
            /** @constant */
            status: "function_complete";
            current_function: string;
            row_count: number;
        };
        GeneratingResponseEvent: {
            /** @constant */
            status: "generating_response";
        };
        /** @description A condition on a metric of each group. */
        Having: {
            metric: string;
            /** @enum {string} */
            op: "=" | "!=" | ">" | ">=" | "<" | "<=";
            value: number | string;
        };
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
        };
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
        KeyMetric: {
            value: unknown;
            label: string;
            /** @enum {string} */
            format: "currency" | "percentage" | "number";
            /** @enum {null|string} */
            trend?: "up" | "down" | "stable" | null;
        };
        LineageBody: {
            models: string[];
            metrics: string[];
            dimensions: string[];
            segments: string[];
            columns: string[];
            sources: string[];
        };
        LoadReport: {
            version: components["schemas"]["VersionBody"];
            files: components["schemas"]["FileBody"][];
        };
        MemberCount: {
            value: unknown;
            count: number;
        };
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
        };
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
        OptionBody: {
            label: string;
            question: string;
            preview: string;
        };
        /** @description One item of the order, by metric or dimension. */
        OrderBy: {
            name: string;
            /**
             * @default desc
             * @enum {string}
             */
            direction: "asc" | "desc";
        };
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
        /** @description The part whose share of the whole is asked. */
        Part: {
            segments?: string[];
            filters?: (components["schemas"]["Filter"] | components["schemas"]["AnyOf"])[];
            excluded_segments?: string[];
        };
        Problem: {
            type: string;
            status: number;
            detail: string;
            code: string;
            issues: components["schemas"]["IssueBody"][];
        };
        ProcessingEvent: {
            /** @constant */
            status: "processing";
            message: string;
        };
        Provenance: {
            warehouse_version: number | null;
            model_version: string;
            /** Format: date */
            as_of: string;
            planner: string;
            model: string | null;
            unverified_numbers: string[];
        };
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
        QuestionRequest: {
            question: string;
            conversation_id?: string | null;
            max_iterations?: number | null;
            as_of?: string | null;
        };
        RejectBody: {
            source: string;
            file: string;
            line: number;
            column: string;
            value: string;
            reason: string;
            message: string;
        };
        RejectList: {
            version: number;
            rejects: components["schemas"]["RejectBody"][];
            offset: number;
            has_more: boolean;
        };
        /** @description Rows that have, or do not have, a row in a related model. */
        Related: {
            model: string;
            /** @default true */
            exists: boolean;
            segments?: string[];
            filters?: components["schemas"]["Filter"][];
        };
        RelationshipView: {
            name: string;
            from: string;
            to: string;
            type: string;
        };
        RollbackRequest: {
            to?: number | null;
        };
        SegmentView: {
            name: string;
            label: string;
            description: string;
            synonyms: string[];
            filter: string;
        };
        SourceDescription: {
            count: number | null;
            columns: string[];
            sample: {
                [key: string]: unknown;
            }[];
        };
        SqlRequest: {
            sql: string;
            as_of?: string | null;
            limit?: number | null;
        };
        StartedEvent: {
            /** @constant */
            status: "started";
            conversation_id: string;
        };
        TileBody: {
            title: string;
            chart_type: string;
            query: components["schemas"]["QueryResult"] | null;
            problem: components["schemas"]["Problem"] | null;
        };
        /** @description Half-open: `start` belongs to it, `end` does not; either may be open. */
        TimeRange: {
            start?: string | null;
            end?: string | null;
        };
        /** @description Which dates count, at which grain they are shown, and what they are compared with. */
        TimeSpec: {
            dimension?: string | null;
            range?: components["schemas"]["TimeRange"] | null;
            grain?: ("day" | "week" | "month" | "quarter" | "year" | "fiscal_quarter" | "fiscal_year") | null;
            compare?: ("prior_period" | "prior_year") | components["schemas"]["TimeRange"] | null;
        };
        TurnBody: {
            number: number;
            question: string;
            status: string;
            answer: components["schemas"]["Answer"];
            created_at: string;
            elapsed_ms: number;
        };
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
        VersionList: {
            versions: components["schemas"]["VersionBody"][];
        };
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
        WarehouseState: {
            version: number | null;
            /** @enum {string} */
            status: "published" | "empty";
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
}
