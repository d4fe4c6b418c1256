// CSV files to a new version: chosen or dropped, sent with progress, reported line by line.
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useRef, useState, type DragEvent } from "react";
import { uploadFiles } from "../api/client";
import { ApiError } from "../api/errors";
import { DATA, healthQuery } from "../api/queries";
import type { LoadReport } from "../api/types";
import { formatCount } from "../results/format";
import { Button, Card, ErrorNote } from "../ui/Parts";
import { Upload } from "../ui/icons";

type Mode = "add" | "replace";
interface Load {
  files: File[];
  mode: Mode | null;
}

const NEEDS_MODE = "mode-required";

export function UploadCard() {
  const input = useRef<HTMLInputElement>(null);
  const queries = useQueryClient();
  const [part, setPart] = useState(0);
  const [isOver, setOver] = useState(false);
  const load = useMutation({
    mutationFn: ({ files, mode }: Load) => {
      setPart(0);
      return uploadFiles(files, mode, setPart);
    },
    onSuccess: () =>
      Promise.all([
        queries.invalidateQueries({ queryKey: DATA }),
        queries.invalidateQueries({ queryKey: healthQuery.queryKey }),
      ]),
  });
  const send = (files: FileList | null) => {
    if (files !== null && files.length > 0) load.mutate({ files: [...files], mode: null });
  };
  const onDrop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    send(event.dataTransfer.files);
  };
  const mustChoose = needsMode(load.error);

  return (
    <Card title="Load files">
      <div
        className={isOver ? "drop drop-over" : "drop"}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={onDrop}
      >
        <p className="muted">Drop CSV exports here, or</p>
        <Button
          kind="primary"
          icon={<Upload aria-hidden size={16} />}
          disabled={load.isPending}
          onClick={() => input.current?.click()}
        >
          Choose files
        </Button>
        <input
          ref={input}
          type="file"
          accept=".csv,text/csv"
          multiple
          hidden
          aria-label="CSV files"
          onChange={(event) => {
            send(event.target.files);
            event.target.value = "";
          }}
        />
      </div>
      {load.isPending && <Progress part={part} />}
      {mustChoose && load.variables ? (
        <ModeQuestion
          error={load.error}
          choose={(mode) => load.mutate({ files: load.variables.files, mode })}
        />
      ) : (
        load.isError && <ErrorNote error={load.error} />
      )}
      {load.isError && <Issues error={load.error} />}
      {load.data && <Report report={load.data} />}
    </Card>
  );
}

function Progress({ part }: { part: number }) {
  const percent = Math.round(part * 100);
  return (
    <div className="stack" role="status">
      <p>{part < 1 ? `Sending, ${percent}%` : "Checking and publishing"}</p>
      <div
        className="bar"
        role="progressbar"
        aria-label="Upload"
        aria-valuenow={percent}
        aria-valuemin={0}
        aria-valuemax={100}
      >
        <div style={{ width: `${percent}%` }} />
      </div>
    </div>
  );
}

/** The server asks what becomes of the files a source has already. */
function ModeQuestion({ error, choose }: { error: unknown; choose: (mode: Mode) => void }) {
  return (
    <div className="note" role="alert">
      <div className="note-text">
        <p>
          <strong>{error instanceof Error ? error.message : ""}</strong>
        </p>
        <p>What should become of the files that are there already?</p>
        <div className="row">
          <Button onClick={() => choose("add")}>Keep them and add these</Button>
          <Button onClick={() => choose("replace")}>Replace them with these</Button>
        </div>
      </div>
    </div>
  );
}

function Issues({ error }: { error: unknown }) {
  if (!(error instanceof ApiError) || error.issues.length < 2) return null;
  return (
    <ul className="problems">
      {error.issues.map((issue, at) => (
        <li key={at} className="problem">
          {issue.where ?? ""} {issue.message} {issue.hint ?? ""}
        </li>
      ))}
    </ul>
  );
}

function Report({ report }: { report: LoadReport }) {
  const { version, files } = report;
  return (
    <div className="stack" role="status">
      <p>
        <strong>Version {version.version} is published.</strong>{" "}
        {formatCount(version.accepted, "record")} taken of {formatCount(version.records, "record")}.
        Every line of the files is in a table or in the rejects below.
      </p>
      <div className="table-scroll" tabIndex={0} role="region" aria-label="Files of this load">
        <table className="table">
          <thead>
            <tr>
              <th scope="col">File</th>
              <th scope="col">Source</th>
              <th scope="col" className="number">
                Records
              </th>
              <th scope="col" className="number">
                Taken
              </th>
              <th scope="col" className="number">
                Rejected
              </th>
            </tr>
          </thead>
          <tbody>
            {files.map((file) => (
              <tr key={file.source + file.file}>
                <td>{file.file}</td>
                <td>{file.source}</td>
                <td className="number">{file.records}</td>
                <td className="number">{file.accepted}</td>
                <td className="number">{file.rejected}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p>
        <Link to="/ask">Ask about the new data</Link>
      </p>
    </div>
  );
}

function needsMode(error: Error | null): boolean {
  if (!(error instanceof ApiError)) return false;
  return error.code === NEEDS_MODE || error.issues.some(({ code }) => code === NEEDS_MODE);
}
