// The key, the colours, and which clocks are shown.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useSyncExternalStore } from "react";
import { getKey, setKey, subscribeKey } from "../api/key";
import { catalogQuery, healthQuery } from "../api/queries";
import { Button, Card, ErrorNote, Loading, PageHead } from "../ui/Parts";
import { KeyForm } from "./KeyForm";
import { setTheme, useTheme, type Theme } from "./theme";

const THEMES: { value: Theme; label: string }[] = [
  { value: "system", label: "As the system" },
  { value: "light", label: "Light" },
  { value: "dark", label: "Dark" },
];

export function SettingsPage() {
  return (
    <div className="page page-narrow">
      <PageHead title="Settings" />
      <ThemeCard />
      <KeyCard />
      <ClockCard />
      <ServerCard />
    </div>
  );
}

function ThemeCard() {
  const { theme } = useTheme();
  return (
    <Card title="Colours">
      <fieldset className="radios">
        <legend className="sr-only">Colours</legend>
        {THEMES.map(({ value, label }) => (
          <label key={value} className="check">
            <input
              type="radio"
              name="theme"
              checked={theme === value}
              onChange={() => setTheme(value)}
            />
            {label}
          </label>
        ))}
      </fieldset>
    </Card>
  );
}

function KeyCard() {
  const key = useSyncExternalStore(subscribeKey, getKey);
  const queries = useQueryClient();
  return (
    <Card title="API key">
      {key === null ? (
        <>
          <p className="muted">
            Only needed where the server asks for one. It is kept in the memory of this page, and
            nowhere else unless you say so.
          </p>
          <KeyForm />
        </>
      ) : (
        <>
          <p>A key is in use. It is sent to this server alone.</p>
          <Button
            onClick={() => {
              setKey(null);
              void queries.resetQueries();
            }}
          >
            Forget the key
          </Button>
        </>
      )}
    </Card>
  );
}

function ClockCard() {
  const catalog = useQuery(catalogQuery);
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return (
    <Card title="Time">
      <dl className="facts">
        <Row name="Times on this page">{here}</Row>
        {catalog.data && (
          <>
            <Row name="Days in the data">{catalog.data.calendar.timezone}</Row>
            <Row name="Fiscal year starts in">
              {capital(catalog.data.calendar.fiscal_year_start)}
            </Row>
            <Row name="Weeks start on">{capital(catalog.data.calendar.week_start)}</Row>
          </>
        )}
      </dl>
    </Card>
  );
}

function ServerCard() {
  const health = useQuery(healthQuery);
  return (
    <Card title="Server">
      {health.isPending && <Loading lines={2} />}
      {health.isError && <ErrorNote error={health.error} retry={() => void health.refetch()} />}
      {health.data && (
        <dl className="facts">
          <Row name="Program version">{health.data.version}</Row>
          <Row name="Data version">{health.data.warehouse.version ?? "none yet"}</Row>
          <Row name="Planner">{health.data.planner}</Row>
        </dl>
      )}
      <p>
        <a href="/schema">The HTTP API</a>
      </p>
    </Card>
  );
}

function Row({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
