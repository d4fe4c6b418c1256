// What changed between two versions.
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { compareQuery } from "../api/queries";
import type { VersionBody } from "../api/types";
import { Button, ErrorNote, Field, Loading } from "../ui/Parts";
import { Changes } from "./Changes";

export function CompareVersions({ versions }: { versions: VersionBody[] }) {
  const numbers = versions.map(({ version }) => version);
  const [from, setFrom] = useState(numbers[1] ?? 1);
  const [to, setTo] = useState(numbers[0] ?? 1);
  const [isWanted, setWanted] = useState(false);
  const found = useQuery({ ...compareQuery(from, to), enabled: isWanted && from !== to });
  return (
    <section className="stack" aria-label="What changed">
      <h3>What changed</h3>
      <div className="filters">
        <Choice label="From version" value={from} numbers={numbers} onChange={setFrom} />
        <Choice label="To version" value={to} numbers={numbers} onChange={setTo} />
        <Button disabled={from === to} onClick={() => setWanted(true)}>
          Compare
        </Button>
      </div>
      {isWanted && found.isLoading && <Loading lines={3} />}
      {found.isError && <ErrorNote error={found.error} retry={() => void found.refetch()} />}
      {found.data && from !== to && <Changes changes={found.data} />}
    </section>
  );
}

function Choice({
  label,
  value,
  numbers,
  onChange,
}: {
  label: string;
  value: number;
  numbers: number[];
  onChange: (version: number) => void;
}) {
  return (
    <Field label={label}>
      <select value={value} onChange={(event) => onChange(Number(event.target.value))}>
        {numbers.map((number) => (
          <option key={number} value={number}>
            {number}
          </option>
        ))}
      </select>
    </Field>
  );
}
