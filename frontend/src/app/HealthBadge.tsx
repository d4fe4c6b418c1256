// Whether the server answers, and on which data version.
import { useQuery } from "@tanstack/react-query";
import { healthQuery } from "../api/queries";
import { toError } from "../api/errors";
import type { Health } from "../api/types";
import { formatCount } from "../results/format";

export function HealthBadge() {
  const health = useQuery(healthQuery);
  const { tone, text, detail } = describe(health.data, health.isError ? health.error : null);
  return (
    <span className={`badge badge-${tone}`} role="status" title={detail}>
      <span className="badge-dot" aria-hidden />
      {text}
    </span>
  );
}

function describe(health: Health | undefined, error: Error | null) {
  if (error !== null) {
    const found = toError(error);
    if (found.isConnection) return { tone: "bad", text: "Server unreachable", detail: found.hint };
    return { tone: "bad", text: found.message, detail: found.hint };
  }
  if (health === undefined) return { tone: "wait", text: "Connecting", detail: "" };
  if (!health.data_loaded) {
    return { tone: "wait", text: "No data yet", detail: "Load CSV files on the Data page." };
  }
  const counts = Object.entries(health.records_count)
    .map(
      ([name, count]) => formatCount(count ?? 0, "", "").trim() + ` ${name.replaceAll("_", " ")}`,
    )
    .join(", ");
  const version = `Data version ${health.warehouse.version ?? "–"}`;
  if (health.status !== "healthy")
    return { tone: "bad", text: `${version}, degraded`, detail: counts };
  return { tone: "good", text: version, detail: counts };
}
