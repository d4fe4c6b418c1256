// The published versions: which one answers, what differs between two, the way back.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { rollBack } from "../api/client";
import { DATA, healthQuery, versionsQuery } from "../api/queries";
import type { VersionBody } from "../api/types";
import { formatCount, formatMoment } from "../results/format";
import { Confirm } from "../ui/Dialogs";
import { Button, Card, Empty, ErrorNote, Loading } from "../ui/Parts";
import { RotateCcw } from "../ui/icons";
import { useNotice } from "../ui/notices";
import { CompareVersions } from "./CompareVersions";

export function VersionsCard() {
  const list = useQuery(versionsQuery);
  const [back, setBack] = useState<VersionBody | null>(null);
  const versions = list.data?.versions ?? [];
  return (
    <Card title="Versions">
      {list.isPending && <Loading lines={3} />}
      {list.isError && <ErrorNote error={list.error} retry={() => void list.refetch()} />}
      {list.isSuccess && versions.length === 0 && (
        <Empty title="No version yet">The first load makes one.</Empty>
      )}
      <ul>
        {versions.map((version) => (
          <li key={version.version} className="line">
            <div className="line-main">
              <span className="line-title">
                Version {version.version}{" "}
                {version.is_current && <span className="tag tag-good">answers now</span>}
              </span>
              <span className="muted">
                {formatMoment(version.created_at)} · {formatCount(version.accepted, "record")}
                {version.rejected > 0 && ` · ${formatCount(version.rejected, "reject")}`}
              </span>
            </div>
            {!version.is_current && (
              <Button icon={<RotateCcw aria-hidden size={15} />} onClick={() => setBack(version)}>
                Roll back
              </Button>
            )}
          </li>
        ))}
      </ul>
      {versions.length > 1 && <CompareVersions versions={versions} />}
      {back !== null && <RollBack version={back} onClose={() => setBack(null)} />}
    </Card>
  );
}

function RollBack({ version, onClose }: { version: VersionBody; onClose: () => void }) {
  const queries = useQueryClient();
  const notice = useNotice();
  const back = useMutation({
    mutationFn: () => rollBack(version.version),
    onSuccess: async () => {
      notice.show(`Version ${version.version} answers now.`);
      await Promise.all([
        queries.invalidateQueries({ queryKey: DATA }),
        queries.invalidateQueries({ queryKey: healthQuery.queryKey }),
      ]);
    },
    onError: notice.showError,
  });
  return (
    <Confirm
      title={`Answer from version ${version.version}?`}
      description="Every answer from now on uses it. The version in use stays, so you can come back."
      action="Roll back"
      onConfirm={() => back.mutate()}
      onClose={onClose}
    />
  );
}
