// The records behind a bar, a point or a card: exactly those its number is made of.
import { useQuery } from "@tanstack/react-query";
import { recordsQuery } from "../api/queries";
import type { RecordsRequest } from "../api/types";
import { ResultView } from "../results/ResultView";
import { ShowWork } from "../results/ShowWork";
import { formatCount } from "../results/format";
import { Modal } from "../ui/Dialogs";
import { Empty, ErrorNote, Loading } from "../ui/Parts";

interface Props {
  title: string;
  wanted: RecordsRequest;
  onClose: () => void;
}

export function RecordsDialog({ title, wanted, onClose }: Props) {
  const records = useQuery(recordsQuery(wanted));
  const found = records.data;
  return (
    <Modal
      title={title}
      description={
        found === undefined
          ? "Looking for the records"
          : `${formatCount(found.row_count, "record")}${found.truncated ? ", cut at the limit" : ""}`
      }
      onClose={onClose}
      wide
    >
      {records.isPending && <Loading lines={5} />}
      {records.isError && <ErrorNote error={records.error} />}
      {found?.rows.length === 0 && <Empty title="No records" />}
      {found !== undefined && found.rows.length > 0 && (
        <>
          <ResultView
            title="Records"
            result={found}
            sql={found.semantic_sql}
            asOf={found.as_of}
            kind="table"
          />
          <ShowWork query={found} version={found.warehouse_version} asOf={found.as_of} />
        </>
      )}
    </Modal>
  );
}
