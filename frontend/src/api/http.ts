// The one place that talks to the server: addresses, the key, errors. Used by the rest of api/.
// Invariant: whatever goes wrong leaves as an ApiError (or as the caller's own abort).
import { toApiError, isAbort, parseProblem, unreachable } from "./errors";
import { getKey } from "./key";

const DEVELOPMENT_SERVER = "http://localhost:8083";

const base: string =
  (import.meta.env["VITE_API_BASE_URL"] as string | undefined) ??
  (import.meta.env.DEV && import.meta.env.MODE !== "test" ? DEVELOPMENT_SERVER : "");

export type Query = Record<string, string | number | null | undefined>;

export function toAddress(path: string, query: Query = {}): string {
  const wanted = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== "") wanted.set(name, String(value));
  }
  const text = wanted.toString();
  return base + path + (text === "" ? "" : `?${text}`);
}

function headers(more: Record<string, string> = {}): Record<string, string> {
  const key = getKey();
  return key === null ? more : { ...more, authorization: `Bearer ${key}` };
}

/** The response, whatever its body; an ApiError where the server said no or was not there. */
export async function send(path: string, init: RequestInit = {}, query?: Query): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(toAddress(path, query), {
      ...init,
      headers: headers(init.headers as Record<string, string> | undefined),
      credentials: "omit",
    });
  } catch (reason) {
    if (isAbort(reason)) throw reason;
    throw unreachable();
  }
  if (!response.ok) throw await toApiError(response);
  return response;
}

export async function get<T>(path: string, query?: Query, signal?: AbortSignal): Promise<T> {
  const response = await send(path, signal ? { signal } : {}, query);
  return (await response.json()) as T;
}

export async function sendJson<T>(
  method: "POST" | "PATCH" | "PUT" | "DELETE",
  path: string,
  body?: unknown,
  query?: Query,
): Promise<T> {
  const response = await send(path, { method, ...jsonBody(body) }, query);
  return (response.status === 204 ? undefined : await response.json()) as T;
}

export function jsonBody(body: unknown): RequestInit {
  if (body === undefined) return {};
  return { body: JSON.stringify(body), headers: { "content-type": "application/json" } };
}

/** A file the server made, with the name it gave it. */
export interface Download {
  name: string;
  blob: Blob;
}

export async function download(response: Response, otherwise: string): Promise<Download> {
  const said = response.headers.get("content-disposition") ?? "";
  const name = /filename="?([^";]+)"?/.exec(said)?.[1] ?? otherwise;
  return { name, blob: await response.blob() };
}

/** Files as multipart form data. XMLHttpRequest, because fetch cannot tell how much has gone. */
export function sendFiles<T>(
  path: string,
  form: FormData,
  onProgress: (part: number) => void,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", toAddress(path));
    for (const [name, value] of Object.entries(headers())) request.setRequestHeader(name, value);
    request.upload.onprogress = (event) => {
      if (event.lengthComputable) onProgress(event.loaded / event.total);
    };
    request.onerror = () => reject(unreachable());
    request.onload = () => {
      if (request.status >= 400) reject(parseProblem(request.responseText, request.status));
      else resolve(JSON.parse(request.responseText) as T);
    };
    request.send(form);
  });
}
