// Every way a request can fail, as one error with a sentence and what to do about it.
import type { Issue, Problem } from "./types";

const UNREACHABLE_HINT =
  "Check that the server is running and that you are online; the page tries again by itself.";

export class ApiError extends Error {
  override readonly name = "ApiError";

  constructor(
    message: string,
    readonly code: string,
    readonly status: number,
    readonly issues: Issue[] = [],
    readonly hint: string = hintFor(code, issues),
  ) {
    super(message);
  }

  /** The server was not reached, or went away: nothing was refused. */
  get isConnection(): boolean {
    return this.code === "unreachable" || this.code === "interrupted";
  }
}

/** The server could not be reached at all. */
export function unreachable(): ApiError {
  return new ApiError("The server cannot be reached.", "unreachable", 0, [], UNREACHABLE_HINT);
}

/** The connection ended before the answer did. */
export function interrupted(): ApiError {
  return new ApiError(
    "The connection ended before the answer was complete.",
    "interrupted",
    0,
    [],
    "Nothing is lost: ask again as soon as the server is back.",
  );
}

/** The error a response describes; a body that is no problem document still gives a sentence. */
export async function toApiError(response: Response): Promise<ApiError> {
  const text = await response.text();
  return parseProblem(text, response.status);
}

export function parseProblem(text: string, status: number): ApiError {
  const problem = readProblem(text);
  if (problem === null) {
    return new ApiError(`The server answered with status ${status}.`, "unexpected", status);
  }
  return new ApiError(problem.detail, problem.code, status, problem.issues);
}

/** An error of any kind as one of ours, so that every panel can show it. */
export function toError(reason: unknown): ApiError {
  if (reason instanceof ApiError) return reason;
  const message = reason instanceof Error ? reason.message : "Something went wrong in the page.";
  return new ApiError(message, "page", 0, [], "Reload the page; if it stays, tell its operator.");
}

export function isAbort(reason: unknown): boolean {
  return reason instanceof DOMException && reason.name === "AbortError";
}

function readProblem(text: string): Problem | null {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null || !("detail" in value)) return null;
    const found = value as Partial<Problem>;
    return {
      type: found.type ?? "about:blank",
      status: found.status ?? 0,
      detail: String(found.detail),
      code: found.code ?? "unexpected",
      issues: Array.isArray(found.issues) ? found.issues : [],
    } as Problem;
  } catch {
    return null;
  }
}

const HINTS: Record<string, string> = {
  "no-data": "Load CSV files on the Data page first.",
  "not-found": "It may have been deleted, or never existed here.",
  "rate-limited": "Wait a moment, then try again.",
  "too-many-requests": "Wait a moment, then try again.",
  timeout: "Ask for less at once: a shorter period, fewer groups.",
  internal: "Try again; if it happens again, tell the operator the id above.",
  unexpected: "Try again in a moment.",
};

function hintFor(code: string, issues: Issue[]): string {
  const said = issues.map((issue) => issue.hint ?? "").filter((hint) => hint !== "");
  return said.length > 0 ? [...new Set(said)].join(" ") : (HINTS[code] ?? "");
}
