// The model's tiles and the pinned ones, filtered together.
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useCallback } from "react";
import { dashboardQuery } from "../api/queries";
import { useTalk } from "../ask/conversation";
import { Empty, ErrorNote, Loading, PageHead } from "../ui/Parts";
import { TileView } from "./TileView";

export function DashboardPage() {
  const { askAnew } = useTalk();
  const navigate = useNavigate();
  const dashboard = useQuery(dashboardQuery);
  const ask = useCallback(
    (question: string) => {
      askAnew(question);
      void navigate({ to: "/ask" });
    },
    [askAnew, navigate],
  );
  return (
    <div className="page">
      <PageHead title="Dashboard" />
      {dashboard.isPending && <Loading lines={8} />}
      {dashboard.isError && (
        <ErrorNote error={dashboard.error} retry={() => void dashboard.refetch()} />
      )}
      {dashboard.data?.tiles.length === 0 && <Empty title="No tiles yet" />}
      <div className="tiles">
        {dashboard.data?.tiles.map((tile) => (
          <TileView key={tile.title} tile={tile} onAsk={ask} onDrill={() => undefined} />
        ))}
      </div>
    </div>
  );
}
