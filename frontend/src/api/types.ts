// Short names for the generated types; nothing about the API is written twice.
import type { components } from "./schema";

type Schemas = components["schemas"];

export type Answer = Schemas["Answer"];
export type AskableQuery = Schemas["AskableQuery"];
export type CatalogView = Schemas["CatalogView"];
export type CheckList = Schemas["CheckList"];
export type Column = Schemas["Column"] & { grain?: string };
export type Comparison = Schemas["Comparison"];
export type ConversationBody = Schemas["ConversationBody"];
export type ConversationLine = Schemas["ConversationLine"];
export type DashboardBody = Schemas["DashboardBody"];
export type DashboardRequest = Schemas["DashboardRequest"];
export type DimensionView = Schemas["DimensionView"];
export type Explanation = Schemas["Explanation"];
export type Filter = Schemas["Filter"];
export type Health = Schemas["Health"];
export type Issue = Schemas["IssueBody"];
export type KeyMetric = Schemas["KeyMetric"];
export type LoadReport = Schemas["LoadReport"];
export type MetricView = Schemas["MetricView"];
export type ModelView = Schemas["ModelView"];
export type Option = Schemas["OptionBody"];
export type PinRequest = Schemas["PinRequest"];
export type Problem = Schemas["Problem"];
export type QueryBody = Schemas["QueryBody"];
export type QueryResult = Schemas["QueryResult"];
export type RecordsRequest = Schemas["RecordsRequest"];
export type Reject = Schemas["RejectBody"];
export type RejectList = Schemas["RejectList"];
export type ReportBody = Schemas["ReportBody"];
export type ReportSpec = Schemas["NamedReportSpec"];
export type RunBody = Schemas["RunBody"];
export type RunFile = RunBody["files"][number];
export type ScheduleBody = Schemas["ScheduleBody"];
export type ScheduleRequest = Schemas["ScheduleRequest"];
export type StreamEvent = Schemas["StreamEvent"];
export type TileBody = Schemas["TileBody"];
export type VersionBody = Schemas["VersionBody"];
export type Visualization = Schemas["Visualization"];

/** What tables and charts need of a result, wherever it came from. */
export interface Rows {
  columns: Column[];
  rows: unknown[][];
}
