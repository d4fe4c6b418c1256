// The form of a new report to its definition. Pure.
import type { ReportSpec } from "../api/types";

export interface ReportDraft {
  title: string;
  questions: string;
  hasDashboard: boolean;
  isPdf: boolean;
  isHtml: boolean;
  emails: string;
}

export const NEW_REPORT: ReportDraft = {
  title: "",
  questions: "",
  hasDashboard: true,
  isPdf: true,
  isHtml: false,
  emails: "",
};

const MOST_CHARS = 63;

/** A definition's name: lower-case letters, digits and underscores, a letter first. */
export function toName(title: string): string {
  const plain = title
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "_");
  const name = plain.replace(/^[^a-z]+|_+$/g, "").slice(0, MOST_CHARS);
  return name === "" ? "report" : name;
}

export function isComplete(draft: ReportDraft): boolean {
  const hasParts = draft.hasDashboard || lines(draft.questions).length > 0;
  return draft.title.trim() !== "" && hasParts && (draft.isPdf || draft.isHtml);
}

export function toSpec(draft: ReportDraft): ReportSpec {
  const name = toName(draft.title);
  const email = lines(draft.emails.replaceAll(",", "\n"));
  return {
    name,
    title: draft.title.trim(),
    as_of: "today",
    sections: [
      ...(draft.hasDashboard ? [{ dashboard: true }] : []),
      ...lines(draft.questions).map((question) => ({ question })),
    ],
    formats: [...(draft.isPdf ? ["pdf" as const] : []), ...(draft.isHtml ? ["html" as const] : [])],
    // The folder of the report's name keeps every run, also where no mail is set up.
    recipients: { folder: [name], ...(email.length === 0 ? {} : { email }) },
  };
}

/** What a definition holds, in words. Its shape is the server's; anything unknown is passed over. */
export function describe(definition: Record<string, unknown> | null): string {
  if (definition === null) return "";
  const sections = Array.isArray(definition["sections"]) ? definition["sections"].length : 0;
  const alerts = Array.isArray(definition["alerts"]) ? definition["alerts"].length : 0;
  const formats = Array.isArray(definition["formats"]) ? definition["formats"] : ["pdf"];
  return [
    count(sections, "part"),
    count(alerts, "alert"),
    formats.map((format) => String(format).toUpperCase()).join(" and "),
    toRecipients(definition["recipients"]),
  ]
    .filter((text) => text !== "")
    .join(" · ");
}

function toRecipients(value: unknown): string {
  if (typeof value !== "object" || value === null) return "";
  const { email, folder, webhook } = value as Record<string, unknown>;
  const several = (items: unknown): unknown[] => (Array.isArray(items) ? items : []);
  const names = [
    ...several(email).map(String),
    ...several(folder).map((name) => `folder ${String(name)}`),
    ...several(webhook).map(() => "a webhook"),
  ];
  return names.length === 0 ? "" : `to ${names.join(", ")}`;
}

function count(number: number, one: string): string {
  return number === 0 ? "" : `${number} ${one}${number === 1 ? "" : "s"}`;
}

function lines(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}
