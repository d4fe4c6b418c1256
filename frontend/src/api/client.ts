// What the page asks of the server, one function for each. Components use these through queries.ts.
import { download, type Download, get, jsonBody, send, sendFiles, sendJson } from "./http";
import type * as t from "./types";

const id = encodeURIComponent;

export const getHealth = (signal?: AbortSignal) => get<t.Health>("/api/health", {}, signal);
export const getCatalog = () => get<t.CatalogView>("/api/semantic/catalog");
export const getValues = (dimension: string, search = "", limit = 50) =>
  get<{ values: { value: unknown; count: number }[]; truncated: boolean }>("/api/semantic/values", {
    dimension,
    search,
    limit,
  });

export const getConversations = () =>
  get<{ conversations: t.ConversationLine[] }>("/api/conversations");
export const getConversation = (conversation: string) =>
  get<t.ConversationBody>(`/api/conversations/${id(conversation)}`);
export const deleteConversation = (conversation: string) =>
  sendJson("DELETE", `/api/conversations/${id(conversation)}`);
export const renameConversation = (conversation: string, title: string) =>
  sendJson("PATCH", `/api/conversations/${id(conversation)}`, { title });

export const runSql = (sql: string) => sendJson<t.QueryResult>("POST", "/api/sql", { sql });
export const explainSql = (sql: string) =>
  sendJson<t.Explanation>("POST", "/api/sql/explain", { sql });
export const runQuery = (query: t.AskableQuery) =>
  sendJson<t.QueryResult>("POST", "/api/semantic/query", query);

export const getVersions = () => get<{ versions: t.VersionBody[] }>("/api/data/versions");
export const getRejects = (offset: number, limit: number, version?: number) =>
  get<t.RejectList>("/api/data/rejects", { offset, limit, version });
export const rollBack = (to: number) =>
  sendJson<t.VersionBody>("POST", "/api/data/rollback", { to });

export function uploadFiles(
  files: File[],
  mode: "add" | "replace" | null,
  onProgress: (part: number) => void,
): Promise<t.LoadReport> {
  const form = new FormData();
  for (const file of files) form.append("files", file, file.name);
  if (mode !== null) form.append("mode", mode);
  return sendFiles<t.LoadReport>("/api/data/upload", form, onProgress);
}

export async function printConversation(conversation: string): Promise<Download> {
  const body = jsonBody({ conversation_id: conversation });
  return download(await send("/api/report/pdf", { method: "POST", ...body }), "report.pdf");
}

/** Rows of a query as a file the server writes. */
export async function exportResult(
  sql: string,
  asOf: string | undefined,
  format: "csv" | "xlsx",
): Promise<Download> {
  const body = jsonBody({ sql, ...(asOf === undefined ? {} : { as_of: asOf }), format });
  return download(await send("/api/sql", { method: "POST", ...body }), `rows.${format}`);
}

export const getDashboard = (wanted: t.DashboardRequest) =>
  sendJson<t.DashboardBody>("POST", "/api/dashboard", wanted);
export const getRecords = (wanted: t.RecordsRequest) =>
  sendJson<t.QueryResult>("POST", "/api/semantic/records", wanted);
export const pinQuery = (pin: t.PinRequest) => sendJson("POST", "/api/dashboard/pins", pin);
export const unpin = (pin: string) => sendJson("DELETE", `/api/dashboard/pins/${id(pin)}`);
export const downloadRejects = async () =>
  download(await send("/api/data/rejects/csv"), "rejects.csv");

export const compareVersions = (before: number, after: number) =>
  get<t.Comparison>(`/api/data/versions/${before}/compare/${after}`);
export const getChecks = () => get<t.CheckList>("/api/data/checks");

export const getReports = () => get<{ reports: t.ReportBody[] }>("/api/reports");
export const putReport = (report: t.ReportSpec) =>
  sendJson<t.ReportBody>("POST", "/api/reports", report);
export const deleteReport = (name: string) => sendJson("DELETE", `/api/reports/${id(name)}`);
export const getReportRuns = (name: string) =>
  get<{ runs: t.RunBody[] }>(`/api/reports/${id(name)}/runs`, { limit: 20 });
export const printReport = async (name: string) =>
  download(await send(`/api/reports/${id(name)}/pdf`), `${name}.pdf`);

export const getSchedules = () => get<{ schedules: t.ScheduleBody[] }>("/api/schedules");
export const addSchedule = (schedule: t.ScheduleRequest) =>
  sendJson<t.ScheduleBody>("POST", "/api/schedules", schedule);
export const deleteSchedule = (schedule: string) =>
  sendJson("DELETE", `/api/schedules/${id(schedule)}`);
export const runSchedule = (schedule: string) =>
  sendJson<t.RunBody>("POST", `/api/schedules/${id(schedule)}/run`);

/** A file of a run, at the address the run names. */
export const getFile = async (file: t.RunFile) => download(await send(file.href), file.name);
