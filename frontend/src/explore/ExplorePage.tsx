// What can be asked, and two ways to ask without words: a query built by hand, and SQL.
import { useQuery } from "@tanstack/react-query";
import { Tabs } from "radix-ui";
import { lazy, Suspense } from "react";
import { catalogQuery } from "../api/queries";
import { ErrorNote, Loading, PageHead } from "../ui/Parts";
import { CatalogTab } from "./CatalogTab";
import { BuilderTab } from "./BuilderTab";

// The editor's library is fetched when the tab is opened.
const SqlTab = lazy(async () => ({ default: (await import("./SqlTab")).SqlTab }));

export function ExplorePage() {
  const catalog = useQuery(catalogQuery);
  return (
    <div className="page">
      <PageHead title="Explore" lead={catalog.data?.description} />
      {catalog.isPending && <Loading lines={6} />}
      {catalog.isError && <ErrorNote error={catalog.error} retry={() => void catalog.refetch()} />}
      {catalog.data && (
        <Tabs.Root defaultValue="catalog" className="stack">
          <Tabs.List className="tabs" aria-label="Ways to explore">
            <Tabs.Trigger value="catalog" className="tab">
              Catalog
            </Tabs.Trigger>
            <Tabs.Trigger value="build" className="tab">
              Build a query
            </Tabs.Trigger>
            <Tabs.Trigger value="sql" className="tab">
              SQL
            </Tabs.Trigger>
          </Tabs.List>
          <Tabs.Content value="catalog">
            <CatalogTab catalog={catalog.data} />
          </Tabs.Content>
          <Tabs.Content value="build">
            <BuilderTab catalog={catalog.data} />
          </Tabs.Content>
          <Tabs.Content value="sql">
            <Suspense fallback={<Loading lines={4} />}>
              <SqlTab catalog={catalog.data} />
            </Suspense>
          </Tabs.Content>
        </Tabs.Root>
      )}
    </div>
  );
}
