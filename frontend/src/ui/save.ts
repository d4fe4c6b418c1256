// A file made here or sent by the server into the reader's downloads.
import type { Download } from "../api/http";

export function save({ name, blob }: Download): void {
  const address = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  // The browser has taken the blob by the next task; the address would leak otherwise.
  setTimeout(() => URL.revokeObjectURL(address), 0);
}

/** A file name of safe characters for a title of any characters. */
export function toFileName(title: string, ending: string): string {
  const plain = title
    .normalize("NFKD")
    .replace(/[^\w -]+/g, "")
    .trim()
    .replace(/\s+/g, "-");
  return `${plain.slice(0, 60).toLowerCase() || "revenue"}.${ending}`;
}
