// The API key, where the server wants one. It lives in memory; only when the person asks for it,
// in the tab's own session storage, which ends with the tab. It is never written anywhere else.
const NAME = "revenue-key";

let current: string | null = readKept();
const listeners = new Set<() => void>();

function readKept(): string | null {
  try {
    return sessionStorage.getItem(NAME);
  } catch {
    return null; // storage is switched off: memory alone then
  }
}

export function getKey(): string | null {
  return current;
}

export function setKey(key: string | null, keepForTab = false): void {
  current = key === "" ? null : key;
  try {
    if (current !== null && keepForTab) sessionStorage.setItem(NAME, current);
    else sessionStorage.removeItem(NAME);
  } catch {
    // As above: nothing to keep it in.
  }
  listeners.forEach((tell) => tell());
}

export function subscribeKey(tell: () => void): () => void {
  listeners.add(tell);
  return () => listeners.delete(tell);
}
