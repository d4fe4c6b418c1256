// Keeps a query of an answer as a tile of the dashboard.
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { pinQuery } from "../api/client";
import { PINS } from "../api/queries";
import type { QueryBody, Visualization } from "../api/types";
import { Button } from "../ui/Parts";
import { Pin } from "../ui/icons";
import { useNotice } from "../ui/notices";

const MOST_CHARS = 200;

interface Props {
  title: string;
  query: QueryBody;
  chart: Visualization | undefined;
}

export function PinButton({ title, query, chart }: Props) {
  const notice = useNotice();
  const queries = useQueryClient();
  const pin = useMutation({
    mutationFn: () =>
      pinQuery({
        title: title.slice(0, MOST_CHARS),
        semantic_sql: query.semantic_sql,
        chart: chart?.chart_type ?? null,
      }),
    onSuccess: async () => {
      notice.show("Pinned to the dashboard.");
      await queries.invalidateQueries({ queryKey: PINS });
    },
    onError: notice.showError,
  });
  return (
    <Button
      kind="quiet"
      aria-label={`Pin ${title} to the dashboard`}
      icon={<Pin aria-hidden size={16} />}
      disabled={pin.isPending}
      onClick={() => pin.mutate()}
    />
  );
}
