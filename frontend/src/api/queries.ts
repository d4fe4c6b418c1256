// What is read from the server and kept: keys, freshness, and what a change makes stale.
import { queryOptions } from "@tanstack/react-query";
import * as client from "./client";
import { ApiError } from "./errors";
import type { DashboardRequest, RecordsRequest } from "./types";

const WELL_MS = 20_000;
const AWAY_MS = 2_000;

export const healthQuery = queryOptions({
  queryKey: ["health"],
  queryFn: ({ signal }) => client.getHealth(signal),
  // Asked more often while the server is away, so that the page notices its return.
  refetchInterval: (query) => (query.state.status === "error" ? AWAY_MS : WELL_MS),
  retry: false,
});

export const catalogQuery = queryOptions({
  queryKey: ["data", "catalog"],
  queryFn: () => client.getCatalog(),
  staleTime: Infinity,
});

export const conversationsQuery = queryOptions({
  queryKey: ["conversations"],
  queryFn: () => client.getConversations(),
});

export const conversationQuery = (conversation: string) =>
  queryOptions({
    queryKey: ["conversation", conversation],
    queryFn: () => client.getConversation(conversation),
    staleTime: 0,
    gcTime: 0,
  });

export const valuesQuery = (dimension: string, search = "") =>
  queryOptions({
    queryKey: ["data", "values", dimension, search],
    queryFn: () => client.getValues(dimension, search),
    staleTime: Infinity,
  });

export const versionsQuery = queryOptions({
  queryKey: ["data", "versions"],
  queryFn: () => client.getVersions(),
});

export const rejectsQuery = (offset: number, limit: number) =>
  queryOptions({
    queryKey: ["data", "rejects", offset, limit],
    queryFn: () => client.getRejects(offset, limit),
  });

/** Keys under "data" go stale together: a load or a roll back changes all of them. */
export const DATA = ["data"];

/** Trying again helps against a lost connection, not against a refusal. */
export function shouldRetry(failures: number, error: unknown): boolean {
  return failures < 2 && error instanceof ApiError && (error.isConnection || error.status >= 502);
}
export const PINS = ["data", "dashboard"];

export const dashboardQuery = (wanted: DashboardRequest) =>
  queryOptions({
    queryKey: [...PINS, wanted],
    queryFn: () => client.getDashboard(wanted),
  });

export const reportsQuery = queryOptions({
  queryKey: ["reports"],
  queryFn: () => client.getReports(),
});

export const schedulesQuery = queryOptions({
  queryKey: ["schedules"],
  queryFn: () => client.getSchedules(),
});

const RUNNING_MS = 1_500;

export const runsQuery = (report: string) =>
  queryOptions({
    queryKey: ["runs", report],
    queryFn: () => client.getReportRuns(report),
    // While a run is not over, its end is looked for.
    refetchInterval: (query) =>
      query.state.data?.runs.some(({ status }) => !isOver(status)) === true ? RUNNING_MS : false,
  });

export function isOver(status: string): boolean {
  return ["succeeded", "failed", "skipped"].includes(status);
}

export const recordsQuery = (wanted: RecordsRequest) =>
  queryOptions({
    queryKey: ["data", "records", wanted],
    queryFn: () => client.getRecords(wanted),
  });

export const checksQuery = queryOptions({
  queryKey: ["data", "checks"],
  queryFn: () => client.getChecks(),
});

export const compareQuery = (before: number, after: number) =>
  queryOptions({
    queryKey: ["data", "compare", before, after],
    queryFn: () => client.compareVersions(before, after),
  });
