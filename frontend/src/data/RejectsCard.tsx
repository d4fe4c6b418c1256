// The lines and cells that are in no table, with the reason of each; also as a file.
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { downloadRejects } from "../api/client";
import { rejectsQuery } from "../api/queries";
import type { Reject } from "../api/types";
import { Button, Card, Empty, ErrorNote, Loading } from "../ui/Parts";
import { ChevronLeft, ChevronRight, Download } from "../ui/icons";
import { useNotice } from "../ui/notices";
import { save } from "../ui/save";

const PAGE = 25;

export function RejectsCard() {
  const [offset, setOffset] = useState(0);
  const notice = useNotice();
  const page = useQuery({ ...rejectsQuery(offset, PAGE), placeholderData: keepPreviousData });
  const found = page.data;
  const take = () => {
    downloadRejects().then(save).catch(notice.showError);
  };
  return (
    <Card
      title="Rejects"
      actions={
        found !== undefined &&
        found.rejects.length > 0 && (
          <Button kind="quiet" icon={<Download aria-hidden size={16} />} onClick={take}>
            CSV
          </Button>
        )
      }
    >
      {page.isPending && <Loading lines={3} />}
      {page.isError && <ErrorNote error={page.error} retry={() => void page.refetch()} />}
      {found?.rejects.length === 0 && offset === 0 && (
        <Empty title="Nothing was rejected">Every line of the files is in a table.</Empty>
      )}
      {found !== undefined && found.rejects.length > 0 && (
        <>
          <ul className="tags" aria-label="Reasons">
            {found.reasons.map((reason) => (
              <li key={reason.source + reason.file + reason.column + reason.reason} className="tag">
                {reason.column === "" ? reason.file : reason.column}: {reason.reason} ·{" "}
                {reason.count}
              </li>
            ))}
          </ul>
          <RejectTable rejects={found.rejects} />
          <nav className="pager" aria-label="Pages of rejects">
            <span className="muted">
              {found.offset + 1}–{found.offset + found.rejects.length}
            </span>
            <Button
              kind="quiet"
              aria-label="Previous page"
              icon={<ChevronLeft aria-hidden size={16} />}
              disabled={offset === 0}
              onClick={() => setOffset(Math.max(0, offset - PAGE))}
            />
            <Button
              kind="quiet"
              aria-label="Next page"
              icon={<ChevronRight aria-hidden size={16} />}
              disabled={!found.has_more}
              onClick={() => setOffset(offset + PAGE)}
            />
          </nav>
        </>
      )}
    </Card>
  );
}

function RejectTable({ rejects }: { rejects: Reject[] }) {
  return (
    <div className="table-scroll" tabIndex={0} role="region" aria-label="Rejects">
      <table className="table">
        <thead>
          <tr>
            <th scope="col">File</th>
            <th scope="col" className="number">
              Line
            </th>
            <th scope="col">Column</th>
            <th scope="col">Value</th>
            <th scope="col">Why</th>
          </tr>
        </thead>
        <tbody>
          {rejects.map((reject, at) => (
            <tr key={at}>
              <td>{reject.file}</td>
              <td className="number">{reject.line}</td>
              <td>{reject.column}</td>
              <td>{reject.value}</td>
              <td>
                <span className="tag">{reject.reason}</span> {reject.message}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
