// The model's tiles and the pinned ones, filtered together; each leads to its records.
import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useCallback, useState } from "react";
import { unpin } from "../api/client";
import { catalogQuery, dashboardQuery, PINS } from "../api/queries";
import { useTalk } from "../ask/conversation";
import { Empty, ErrorNote, Loading, PageHead } from "../ui/Parts";
import { useNotice } from "../ui/notices";
import { EVERYTHING, Filters, toRequest } from "./Filters";
import { RecordsDialog } from "./RecordsDialog";
import { TileView, type Drill } from "./TileView";

export function DashboardPage() {
  const { askAnew } = useTalk();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const notice = useNotice();
  const [choice, choose] = useState(EVERYTHING);
  const [drill, setDrill] = useState<Drill | null>(null);
  const catalog = useQuery(catalogQuery);
  const today = new Date().toISOString().slice(0, 10);
  const dashboard = useQuery({
    ...dashboardQuery(toRequest(choice, today)),
    placeholderData: keepPreviousData,
  });
  const ask = useCallback(
    (question: string) => {
      askAnew(question);
      void navigate({ to: "/ask" });
    },
    [askAnew, navigate],
  );
  const { mutate: takeDown } = useMutation({
    mutationFn: unpin,
    onSuccess: () => queries.invalidateQueries({ queryKey: PINS }),
    onError: notice.showError,
  });
  const found = dashboard.data;

  return (
    <div className="page">
      <PageHead
        title="Dashboard"
        lead={found && `As of ${found.as_of}, data version ${found.warehouse_version}`}
      >
        {catalog.data && <Filters catalog={catalog.data} choice={choice} onChange={choose} />}
      </PageHead>
      {dashboard.isPending && <Loading lines={8} />}
      {dashboard.isError && (
        <ErrorNote error={dashboard.error} retry={() => void dashboard.refetch()} />
      )}
      {found?.tiles.length === 0 && (
        <Empty title="No tiles yet">
          Pin an answer, or name tiles under “dashboard” in the model file.
        </Empty>
      )}
      <div className="tiles" aria-busy={dashboard.isPlaceholderData}>
        {found?.tiles.map((tile) => (
          <TileView key={tile.id} tile={tile} onAsk={ask} onDrill={setDrill} onUnpin={takeDown} />
        ))}
      </div>
      {drill !== null && (
        <RecordsDialog title={drill.title} wanted={drill.wanted} onClose={() => setDrill(null)} />
      )}
    </div>
  );
}
