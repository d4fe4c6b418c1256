// What can be taken away from a result: the picture drawn here, the rows as CSV or XLSX.
import { DropdownMenu } from "radix-ui";
import { exportResult } from "../api/client";
import type { Rows } from "../api/types";
import type { Drawn } from "../charts/draw";
import { Button } from "../ui/Parts";
import { Download } from "../ui/icons";
import { useNotice } from "../ui/notices";
import { save, toFileName } from "../ui/save";
import { toCsv } from "./csv";

interface Props {
  title: string;
  result: Rows;
  sql: string | undefined;
  asOf: string | undefined;
  drawn: Drawn | null;
}

export function Downloads({ title, result, sql, asOf, drawn }: Props) {
  const notice = useNotice();
  const take = (work: () => Promise<void>) => () => void work().catch(notice.showError);

  const picture = (kind: "svg" | "png") =>
    take(async () => {
      if (drawn === null) return;
      const blob =
        kind === "svg"
          ? new Blob([await drawn.view.toSVG(2)], { type: "image/svg+xml" })
          : await toPng(await drawn.view.toCanvas(2));
      save({ name: toFileName(title, kind), blob });
    });
  const csv = take(async () => {
    await Promise.resolve();
    save({ name: toFileName(title, "csv"), blob: new Blob([toCsv(result)], { type: "text/csv" }) });
  });
  const xlsx = take(async () => {
    if (sql === undefined) return;
    const file = await exportResult(sql, asOf, "xlsx");
    save({ ...file, name: toFileName(title, "xlsx") });
  });

  return (
    <DropdownMenu.Root>
      <DropdownMenu.Trigger asChild>
        <Button
          kind="quiet"
          aria-label={`Download ${title}`}
          icon={<Download aria-hidden size={16} />}
        />
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content className="menu" align="end" sideOffset={4}>
          {drawn !== null && <Item onSelect={picture("png")}>Picture (PNG)</Item>}
          {drawn !== null && <Item onSelect={picture("svg")}>Drawing (SVG)</Item>}
          <Item onSelect={csv}>Rows (CSV)</Item>
          {sql !== undefined && <Item onSelect={xlsx}>Rows (XLSX)</Item>}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

function Item({ onSelect, children }: { onSelect: () => void; children: string }) {
  return (
    <DropdownMenu.Item className="menu-item" onSelect={onSelect}>
      {children}
    </DropdownMenu.Item>
  );
}

function toPng(canvas: HTMLCanvasElement): Promise<Blob> {
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("The picture is empty."))));
  });
}
