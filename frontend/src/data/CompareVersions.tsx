import type { VersionBody } from "../api/types";
export function CompareVersions({ versions }: { versions: VersionBody[] }) {
  return <p>{versions.length}</p>;
}
