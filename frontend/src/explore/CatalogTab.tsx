// Models, metrics, dimensions and segments, with definitions, synonyms, lineage and members.
import { useQuery } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { valuesQuery } from "../api/queries";
import type { CatalogView, DimensionView, MetricView, ModelView } from "../api/types";
import { Code } from "../results/ShowWork";
import { formatCount } from "../results/format";
import { Card, Empty, ErrorNote, Field, Loading } from "../ui/Parts";

export function CatalogTab({ catalog }: { catalog: CatalogView }) {
  const [search, setSearch] = useState("");
  const models = catalog.models
    .map((model) => matching(model, search.trim().toLowerCase()))
    .filter((model) => model.metrics.length + model.dimensions.length + model.segments.length > 0);
  return (
    <div className="stack">
      <div className="row">
        <Field label="Find a metric, dimension or segment">
          <input type="search" value={search} onChange={(event) => setSearch(event.target.value)} />
        </Field>
      </div>
      {models.length === 0 && (
        <Empty title={`Nothing is called “${search}”`}>
          Names, labels and synonyms are searched.
        </Empty>
      )}
      {models.map((model) => (
        <ModelCard key={model.name} model={model} />
      ))}
    </div>
  );
}

function ModelCard({ model }: { model: ModelView }) {
  return (
    <Card title={model.label}>
      <p className="muted">{model.description}</p>
      <Section title="Metrics" count={model.metrics.length}>
        {model.metrics.map((metric) => (
          <Entry key={metric.name} name={metric.label} text={metric.description}>
            <MetricDetail metric={metric} />
          </Entry>
        ))}
      </Section>
      <Section title="Dimensions" count={model.dimensions.length}>
        {model.dimensions.map((dimension) => (
          <Entry key={dimension.name} name={dimension.label} text={dimension.description}>
            <DimensionDetail dimension={dimension} />
          </Entry>
        ))}
      </Section>
      <Section title="Segments" count={model.segments.length}>
        {model.segments.map((segment) => (
          <Entry key={segment.name} name={segment.label} text={segment.description}>
            <Code text={segment.filter} label={`Filter of ${segment.label}`} />
            <Synonyms of={segment.synonyms} />
          </Entry>
        ))}
      </Section>
    </Card>
  );
}

function Section({
  title,
  count,
  children,
}: {
  title: string;
  count: number;
  children: ReactNode;
}) {
  if (count === 0) return null;
  return (
    <section>
      <h3>
        {title} <span className="muted">{count}</span>
      </h3>
      <div className="entries">{children}</div>
    </section>
  );
}

/** What is inside is only rendered, and only read from the server, once it is opened. */
function Entry({ name, text, children }: { name: string; text: string; children: ReactNode }) {
  const [opened, setOpened] = useState(false);
  return (
    <details className="entry" onToggle={(event) => event.currentTarget.open && setOpened(true)}>
      <summary>
        <span className="entry-name">{name}</span>
        <span className="muted">{text}</span>
      </summary>
      {opened && <div className="entry-body">{children}</div>}
    </details>
  );
}

function MetricDetail({ metric }: { metric: MetricView }) {
  return (
    <>
      <Code
        text={`MEASURE(${metric.name}) = ${metric.formula}`}
        label={`Formula of ${metric.label}`}
      />
      <Synonyms of={metric.synonyms} />
      <dl className="facts">
        <Fact name="Computed from">{metric.columns.join(", ")}</Fact>
        <Fact name="Sources">{metric.sources.join(", ")}</Fact>
      </dl>
    </>
  );
}

function DimensionDetail({ dimension }: { dimension: DimensionView }) {
  const values = useQuery(valuesQuery(dimension.qualified_name));
  return (
    <>
      <p>
        <code>{dimension.qualified_name}</code> <span className="tag">{dimension.type}</span>
      </p>
      <Synonyms of={dimension.synonyms} />
      {values.isPending && <Loading lines={2} label="Loading the members" />}
      {values.isError && <ErrorNote error={values.error} />}
      {values.data && (
        <ul className="tags" aria-label={`Members of ${dimension.label}`}>
          {values.data.values.map(({ value, count }) => (
            <li key={JSON.stringify(value)} className="tag" title={formatCount(count, "row")}>
              {toName(value)} · {count}
            </li>
          ))}
          {values.data.truncated && <li className="tag">and more</li>}
        </ul>
      )}
    </>
  );
}

function Fact({ name, children }: { name: string; children: string }) {
  if (children === "") return null;
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Synonyms({ of }: { of: string[] }) {
  if (of.length === 0) return null;
  return <p className="muted">Also called {of.join(", ")}.</p>;
}

function toName(value: unknown): string {
  return value === null ? "(unknown)" : typeof value === "string" ? value : JSON.stringify(value);
}

function matching(model: ModelView, search: string): ModelView {
  if (search === "") return model;
  const has = (item: { name: string; label: string; synonyms: string[] }) =>
    [item.name, item.label, ...item.synonyms].some((text) => text.toLowerCase().includes(search));
  return {
    ...model,
    metrics: model.metrics.filter(has),
    dimensions: model.dimensions.filter(has),
    segments: model.segments.filter(has),
  };
}
