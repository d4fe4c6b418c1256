// Where an API key is entered. It stays in memory, or in the tab where that is asked for.
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { setKey } from "../api/key";
import { Button, Field } from "../ui/Parts";

export function KeyForm() {
  const [key, enter] = useState("");
  const [keep, setKeep] = useState(false);
  const queries = useQueryClient();
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        setKey(key.trim(), keep);
        enter("");
        void queries.resetQueries();
      }}
    >
      <Field label="API key">
        <input
          type="password"
          autoComplete="off"
          spellCheck={false}
          value={key}
          onChange={(event) => enter(event.target.value)}
        />
      </Field>
      <label className="check">
        <input type="checkbox" checked={keep} onChange={(event) => setKeep(event.target.checked)} />
        Keep it until this tab is closed
      </label>
      <div>
        <Button kind="primary" type="submit" disabled={key.trim() === ""}>
          Use this key
        </Button>
      </div>
    </form>
  );
}
