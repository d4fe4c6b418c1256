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
  get<{ version: number; rejects: t.Reject[]; offset: number; has_more: boolean }>(
    "/api/data/rejects",
    { offset, limit, version },
  );
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
  return download(await send("/api/sql/export", { method: "POST", ...body }), `rows.${format}`);
}

export const pinQuery = (title: string, sql: string, chart: string) =>
  sendJson("POST", "/api/dashboard/pins", { title, sql, chart_type: chart });

export const getDashboard = () => get<t.DashboardBody>("/api/dashboard");
export const downloadRejects = async () =>
  download(await send("/api/data/rejects.csv"), "rejects.csv");
